"""The pure core of synchronisation: its parts, a model beside it, all small worlds, and bugs that must be found."""
