"""`cadre bundle …`: the files in which sites exchange facts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn, TypeVar

import msgspec
import typer

from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.language import translate
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.cli.site_registry import open_registry
from services.sites.box_keys import BOX_KEY_FILE, load_box_keys
from services.sites.domain.tree import Registry
from services.sites.domain.trust import present_keys, replaced_keys, signing_keys
from services.sync.bundles.comparing import find_split_views
from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.bundles.header import BundleHeader, read_header, verify_sender
from services.sync.bundles.proving import Contents, prove_bundle
from services.sync.bundles.reading import Bundle, open_bundle

T = TypeVar("T")
BundleFile = Annotated[Path, typer.Argument(help="The bundle, as the other site wrote it.")]


def show_bundle(ctx: typer.Context, file: BundleFile, as_json: AsJson = False) -> None:
    """What a bundle says about itself."""
    context: Context = ctx.obj
    registry = _load_registry(context)
    with open_bundle_file(file) as raw:
        try:
            signed = read_header(raw)
        except BadBundle as error:
            refuse_bundle(file, error)
    try:
        _read_introduced(
            context,
            registry,
            lambda: signed.header,
            lambda known: verify_sender(signed, present_keys(known), replaced_keys(known)),
        )
        signature = "valid"
    except BadBundle as error:
        signature = str(error)
    shown = _describe(signed.header) | {"bytes": signed.length + signed.header.size, "signature": signature}
    if as_json:
        write_json(shown)
        return
    write_result([{"what": key, "value": value} for key, value in shown.items()], as_json, ("what", "value"))


def verify_bundle(ctx: typer.Context, file: BundleFile, as_json: AsJson = False) -> None:
    """Check all of a bundle that is for this site, and what it would bring. Nothing is written."""
    context: Context = ctx.obj
    registry = _load_registry(context)
    with open_bundle_file(file) as raw:
        try:
            bundle, registry = _open_sealed(context, registry, raw)
            contents = prove_bundle(bundle, signing_keys(registry))
        except BadBundle as error:
            refuse_bundle(file, error)
    _write_contents(bundle, contents, as_json)
    for fault in contents.faults:
        warn("{fault}", fault=f"{fault.where}: {fault.detail}")
    if contents.faults:
        raise typer.Exit(2)


def compare_bundles(
    ctx: typer.Context,
    file: BundleFile,
    other: Annotated[Path, typer.Argument(help="The bundle to compare it with.")],
    as_json: AsJson = False,
) -> None:
    """Compare two bundles that are for this site. Exit code 1 where a site shows two histories in them."""
    context: Context = ctx.obj
    registry, bundles = _load_registry(context), list[Bundle]()
    with open_bundle_file(file) as first, open_bundle_file(other) as second:
        for name, raw in ((file, first), (other, second)):
            try:
                bundle, registry = _open_sealed(context, registry, raw)
            except BadBundle as error:
                refuse_bundle(name, error)
            bundles.append(bundle)
        views = find_split_views(bundles[0], bundles[1], signing_keys(registry))
    if as_json:
        write_json(views)
    for view in () if as_json else views:
        typer.echo("\n".join((f"{view.origin}/{view.topic} {view.epoch} {view.seq}", "", *view.notes)))
        if view.first_seq:
            typer.echo(
                translate(
                    "the first entry that differs: {epoch} {seq}", epoch=view.first_epoch, seq=view.first_seq
                )
            )
    if views:
        fail(
            "two histories of one log, both signed by their site: {logs}",
            "keep both files and show the two notes to whoever is above that site",
            code=1,
            logs=", ".join(f"{view.origin}/{view.topic}" for view in views),
        )


def _open_sealed(context: Context, registry: Registry, raw: BinaryIO) -> tuple[Bundle, Registry]:
    """A bundle that is for this site, and the registry with what it had to show of it. Raises BadBundle."""
    settings = context.settings()
    try:
        box_key, *older = load_box_keys(settings.home)
    except ValueError as error:
        fail(
            "the box key in {home} is damaged: {error}",
            "restore it from a backup: nothing that was sealed to this site opens without it",
            code=1,
            home=settings.home,
            error=error,
        )

    def open_it(known: Registry) -> Bundle:
        raw.seek(0)
        present, replaced = present_keys(known), replaced_keys(known)
        return open_bundle(raw, settings.site, box_key, present, revoked=replaced, older_box_keys=older)

    return _read_introduced(context, registry, lambda: _read_header(raw), open_it)


def _read_header(raw: BinaryIO) -> BundleHeader:
    raw.seek(0)
    return read_header(raw).header


def _read_introduced(
    context: Context,
    registry: Registry,
    header: Callable[[], BundleHeader],
    read_with: Callable[[Registry], T],
) -> tuple[T, Registry]:
    """What is read with the registry; where its sender signs with a key that is not known here, with what it shows of
    the registry. `apply` takes that first. Raises BadBundle."""
    try:
        return read_with(registry), registry
    except BadBundle as error:
        if error.rule != BundleRule.UNKNOWN_KEY or not (introduces := header().introduces or ()):
            raise
        registry = _load_registry(context, introduces)
        return read_with(registry), registry


def _write_contents(bundle: Bundle, contents: Contents, as_json: bool) -> None:
    if as_json:
        passed_over = [each.name for each in bundle.passed_over]
        more = {"members": len(bundle.contents), "passed_over": passed_over}
        write_json(_describe(bundle.header) | more | msgspec.to_builtins(contents))
        return
    write_result(contents.logs, as_json, ("origin", "topic", "entries", "payloads"))
    if contents.waiting:
        typer.echo(
            translate(
                "not registered here yet, kept aside until then: {sites}", sites=", ".join(contents.waiting)
            )
        )
    if bundle.passed_over:
        typer.echo(
            translate("of a later version, passed over: {count} members", count=len(bundle.passed_over))
        )


def _describe(header: BundleHeader) -> dict[str, object]:
    """The header without the sealed keys, which say nothing to anybody."""
    shown: dict[str, object] = msgspec.to_builtins(header)
    del shown["sealed"]
    return shown


def _load_registry(context: Context, introduces: Sequence[bytes] = ()) -> Registry:
    """The registry as this site knows it. Ends the command where it belongs to no tree, and makes no keys for it."""
    require_site_keys(context)
    with open_registry(context, writes=False, introduces=introduces) as tree:
        return tree.registry


def require_site_keys(context: Context) -> None:
    """End the command where this site has no keys: it belongs to no tree, and none are made for it here."""
    settings = context.settings()
    for key in (settings.signing_key or settings.home / "signing.key", settings.home / BOX_KEY_FILE):
        if not key.exists():
            fail(
                "this site has no {file} yet: it belongs to no tree of sites",
                "make its request with `cadre site init`, or a new tree with `cadre site init --root`",
                file=key,
            )


@contextmanager
def open_bundle_file(file: Path) -> Iterator[BinaryIO]:
    try:
        raw = file.open("rb")
    except OSError as error:
        fail("{file} cannot be read: {error}", "name the file of a bundle", file=file, error=error.strerror)
    with raw:
        yield raw


def refuse_bundle(file: Path, error: BadBundle) -> NoReturn:
    """End the command because the bundle is refused: what is wrong, where, and what to do."""
    what, remedy = _explain(error.rule)
    fail(
        "{rule}: {file}: {what} ({where}: {detail})",
        "{remedy}",
        rule=error.rule,
        file=file,
        what=what,
        where=error.where,
        detail=error.detail,
        remedy=remedy,
    )


def _explain(rule: str) -> tuple[str, str]:
    """What a rule means, and what to do, in the language of the user."""
    match rule:
        case BundleRule.NOT_A_BUNDLE:
            return translate("it is no bundle"), translate("name the file as the other site wrote it")
        case BundleRule.UNKNOWN_FORMAT:
            return (
                translate("this program cannot read that format"),
                translate("update this program, then try the same file again"),
            )
        case BundleRule.TRUNCATED | BundleRule.TRAILING_BYTES | BundleRule.WRONG_DIGEST:
            return (
                translate("the file is damaged, or was changed on its way"),
                translate("copy it once more from where it was written, or ask its sender for another"),
            )
        case BundleRule.UNKNOWN_SITE:
            return (
                translate("its sender is not registered here"),
                translate("compare with `cadre site list`; what is newer in the registry must come first"),
            )
        case BundleRule.REVOKED_KEY:
            return (
                translate("it is signed with a key that was replaced"),
                translate("ask its sender for a bundle that is signed with the present key"),
            )
        case BundleRule.UNKNOWN_KEY | BundleRule.WRONG_SIGNER | BundleRule.BAD_SIGNATURE:
            return (
                translate("its sender did not sign it"),
                translate(
                    "trust nothing in it, and ask the sender by other means whether it wrote this file"
                ),
            )
        case BundleRule.NOT_ADDRESSED:
            return translate("it is not for this site"), translate("hand it on to a site that it is for")
        case BundleRule.CANNOT_UNSEAL:
            return (
                translate("it is sealed to a box key that this site does not have"),
                translate("see that the sender knows the present box key, and ask it for another bundle"),
            )
        case BundleRule.TOO_MUCH:
            return translate("it is larger than a bundle may be"), translate(
                "ask its sender for smaller bundles"
            )
    return (
        translate("its sender made it wrongly"),
        translate("nothing of it can be used; show this line to those who run the site that sent it"),
    )
