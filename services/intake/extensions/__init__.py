"""Extensions of a deadline: requested by an agency, answered by the standing office."""
