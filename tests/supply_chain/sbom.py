"""The bill of materials of the product as CycloneDX 1.6, of the lock: `make sbom` writes sbom.json.

The same lock gives the same bytes: the document has no date and no serial number of its own.
"""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

import msgspec

from tests.supply_chain.lock import ROOT, Library, read_lock

CLASSIFIER = "License :: OSI Approved :: "


def build_sbom(libraries: list[Library]) -> dict[str, Any]:
    """The document: the product, and every library that is installed with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    product = f"{project['name']}@{project['version']}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": product,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [_component(each) for each in libraries],
        "dependencies": [
            {"ref": product, "dependsOn": [each.purl for each in libraries]},
            *({"ref": each.purl} for each in libraries),
        ],
    }


def _component(library: Library) -> dict[str, Any]:
    """`properties` has the hashes of the lock: each is that of one file, for one kind of system."""
    properties = [{"name": "cadre:file:sha256", "value": each} for each in library.hashes]
    if library.marker:
        properties.append({"name": "cadre:installed-where", "value": library.marker})
    return {
        "type": "library",
        "bom-ref": library.purl,
        "name": library.name,
        "version": library.version,
        "purl": library.purl,
        "scope": "required",
        **({"licenses": [{"license": {"name": licence}}]} if (licence := _licence(library)) else {}),
        "properties": properties,
    }


def _licence(library: Library) -> str:
    """As the library says it; empty where it is not installed here or says nothing."""
    try:
        said = metadata(library.name)
    except PackageNotFoundError:
        return ""
    classified = [
        each.removeprefix(CLASSIFIER) for each in said.get_all("Classifier") or () if CLASSIFIER in each
    ]
    short = "".join(said.get_all("License") or ()).strip()
    expression = "".join(said.get_all("License-Expression") or ())
    return expression or " / ".join(classified) or (short if "\n" not in short else "")


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(msgspec.json.format(msgspec.json.encode(build_sbom(read_lock()))) + b"\n")
