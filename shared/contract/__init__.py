"""The published contract of the events: JSON Schemas, the AsyncAPI document, and the check of their compatibility."""
