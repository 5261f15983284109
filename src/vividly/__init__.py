"""Vividly: short video lessons for high-school STEM questions, made for one student, delivered without loss."""

__version__ = "0.1.0"
