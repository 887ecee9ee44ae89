"""What the product is made of: the bill of materials, known holes in it, and the sheet of requirements of security."""
