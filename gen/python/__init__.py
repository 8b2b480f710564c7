"""Rows of generated messages, for programs: see volrender_program."""
