// One click on a demo account fills the form.

const email = document.getElementById("email");
const password = document.getElementById("password");
const accounts = document.querySelectorAll(".demo-account");

for (const account of accounts) {
  account.addEventListener("click", (event) => {
    event.preventDefault();
    email.value = account.dataset.email;
    password.value = account.dataset.password;
    for (const other of accounts) other.setAttribute("aria-pressed", String(other === account));
    email.form.querySelector("button[type=submit]").focus();
  });
}
