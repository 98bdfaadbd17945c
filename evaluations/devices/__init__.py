"""Evaluators (评价器): enrolment by a one-time code, signed requests, revocation, health."""
