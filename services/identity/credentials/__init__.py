"""What proves who somebody is: hashes of passwords, secrets of one-time codes, sessions, tokens and failed attempts.

They are no facts: they change all the time, may be forgotten, and must not be in a log that is kept for ever.
"""
