"""Importers of administrative units: a dated history, or two trees and the map between them."""
