"""The pages: one folder a subject, which asks nothing of another's.

In each, `subject` says what its pages are, `question` what is asked at an address, `data` what is computed, `context`
what its template sees. They share `answer`, the one way to answer an address, and `form`, what forms are made of. The
network's page is asked a `ViewState` and shows a Snapshot, so it has neither question nor data of its own.
"""
