"""Importing units of the official list: a dated history, or two trees and the map between them."""
