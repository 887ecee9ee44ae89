"""The rules of regulation: the register of documents and rules; and the rules that advise on facts of all services."""
