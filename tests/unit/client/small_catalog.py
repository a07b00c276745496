"""Code, datasets and models of the small platform: the routes of the catalog, kept in memory."""

from hubkin import wire
from hubkin.digest import Digest
from hubkin.pull import tree_of

from tests.unit.client.small_base import API, NOW, Handler


def digest_of(data: bytes) -> str:
    digest = Digest(len(data))
    digest.update(data)
    return digest.hexdigest()


class Ticketed(Handler):
    """Gives tickets, and knows which have run out."""

    def ticket(self, digest: str) -> str:
        self.world.tickets += 1
        return f"{API}/objects/{digest}.{self.world.tickets}"

    def opened(self, ticket: str) -> str | None:
        digest, _dot, number = ticket.partition(".")
        if number and int(number) <= self.world.ended_tickets:
            self.refuse(403, "ticket_refused", "This ticket has run out.")
            return None
        return digest


class Uploads(Handler):
    def post(self) -> None:
        self.world.uploads.append(self.body(wire.UploadRequest))
        self.answer(wire.Upload(id="upl-1", state="open", expires_at=NOW), 201)


class Claims(Ticketed):
    def post(self, _upload: str) -> None:
        items = []
        for item in self.body(wire.ClaimRequest).objects:
            have = item.digest in self.world.objects
            url = None if have else self.ticket(item.digest)
            items.append(wire.Claim(digest=item.digest, have=have, url=url))
        self.answer(wire.Claims(items=items))


class Commit(Handler):
    def post(self, _upload: str) -> None:
        request, opened = self.body(wire.CommitRequest), self.world.uploads[-1]
        self.world.commits.append(request)
        if any(file.digest not in self.world.objects for file in request.files):
            self.refuse(422, "bad_tree", "Some files have not been uploaded yet.")
            return
        version = self.version(request, opened)
        newest = next((one for one in self.world.versions if one.name and one.name == version.name), None)
        if newest is not None and newest.tree == version.tree:
            self.answer(newest, 200)
            return
        self.world.versions.insert(0, version)
        self.world.trees[version.id] = request.files
        self.answer(version, 201)

    def version(self, request: wire.CommitRequest, opened: wire.UploadRequest) -> wire.Version:
        number = 1 + sum(one.name == opened.name for one in self.world.versions)
        rows = [
            {"path": file.path, "mode": file.mode, "size_bytes": file.size, "digest": file.digest}
            for file in request.files
        ]
        return wire.Version(
            id=f"ver-{len(self.world.versions) + 1}",
            kind=opened.kind,
            tree=tree_of(rows),
            files=len(request.files),
            bytes=sum(file.size for file in request.files),
            owner=opened.owner or "ada",
            created_at=NOW,
            created_by="ada",
            name=opened.name,
            version=number if opened.name else None,
            note=request.note or "",
        )


class Datasets(Handler):
    def get(self) -> None:
        name = self.get_query_argument("name", "")
        self.page([one for one in self.world.versions if one.name and name in ("", one.name)])


class Resolve(Handler):
    def get(self) -> None:
        reference = self.get_query_argument("reference")
        name, _at, number = reference.rpartition("/")[2].partition("@")
        for one in self.world.versions:
            if one.name == name and number in ("", f"v{one.version}"):
                self.answer(one)
                return
        self.refuse(404, "version_not_found", f"There is no dataset '{name}' that you can read.")


class VersionFiles(Ticketed):
    def get(self, version: str) -> None:
        self.page(
            [
                wire.VersionFile(
                    path=file.path,
                    size_bytes=file.size,
                    digest=file.digest,
                    mode=file.mode,
                    url=self.ticket(file.digest),
                )
                for file in self.world.trees[version]
            ]
        )


class Objects(Ticketed):
    def put(self, ticket: str) -> None:
        digest = self.opened(ticket)
        if digest is None:
            return
        if digest_of(self.request.body) != digest:
            self.refuse(422, "bytes_differ", "The bytes do not match their digest.")
            return
        self.world.objects[digest] = self.request.body
        self.set_status(204)

    def get(self, ticket: str) -> None:
        assert "Authorization" not in self.request.headers, "a ticket needs no token"
        digest = self.opened(ticket)
        if digest is None:
            return
        data = self.world.objects[digest]
        if digest in self.world.broken_off:
            self.world.broken_off.discard(digest)
            data = data[: len(data) // 2]
        self.finish(data)


class Models(Handler):
    def get(self) -> None:
        self.page(
            [
                wire.ModelVersion(
                    id="mod-1",
                    name="digits",
                    owner="ada",
                    version=1,
                    alias=["latest"],
                    tree="t",
                    bytes=10,
                    files=1,
                    job_id="job-00001",
                    metric="val/acc",
                    metric_value=0.97,
                    created_at=NOW,
                )
            ]
        )


ROUTES: list[tuple[str, type[Handler]]] = [
    ("/uploads", Uploads),
    ("/uploads/([^/]+)/claims", Claims),
    ("/uploads/([^/]+)/commit", Commit),
    ("/objects/(.+)", Objects),
    ("/models", Models),
    ("/datasets", Datasets),
    ("/resolve", Resolve),
    ("/versions/([^/]+)/files", VersionFiles),
]
