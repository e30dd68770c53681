"""A time-stamp authority (RFC 3161) on loopback, over real HTTP: its own root, a key, a clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """A certificate that the key `by` signed; one of an authority's own key may only stamp."""
    is_root = name == issuer
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGAN)
        .not_valid_after(BEGAN + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not is_root:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    return builder.sign(by, hashes.SHA256())


@dataclass
class Authority:
    """`url` once it serves; `now` is its clock; `answer` replaces what it says; `asked` counts requests."""

    root_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    url: str = ""
    answer: bytes | None = None
    status: int = 200
    asked: int = 0

    def __post_init__(self) -> None:
        self.root = certificate("root", self.root_key, "root", self.root_key)
        self.own = certificate("stamps", self.key, "root", self.root_key)

    @property
    def certificates(self) -> bytes:
        """What whoever trusts it has: PEM."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def stamp(self, asked: bytes) -> bytes:
        """A `TimeStampResp` to a `TimeStampReq`, both DER."""
        request = tsp.TimeStampReq.load(asked)
        said: dict[str, Any] = {
            "version": "v1",
            "policy": "1.2.3.4.1",
            "message_imprint": request["message_imprint"],
            "serial_number": 1,
            "gen_time": self.now,
        }
        if request["nonce"].native is not None:
            said["nonce"] = request["nonce"]
        info = tsp.TSTInfo(said).dump()
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        own = asn1_x509.Certificate.load(self.own.public_bytes(serialization.Encoding.DER))
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
                {"type": "signing_certificate_v2", "values": [{"certs": [{"cert_hash": own.sha256}]}]},
            ]
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}}
                ),
                "digest_algorithm": sha256,
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [sha256],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(info),
                },
                "certificates": [own],
                "signer_infos": [signer],
            }
        )
        token = cms.ContentInfo({"content_type": "signed_data", "content": signed})
        response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
        return bytes(response.dump())


@contextmanager
def served(authority: Authority) -> Iterator[Authority]:
    """Serve it on loopback for the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked += 1
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.stamp(asked) if authority.answer is None else authority.answer
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}/stamp"
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
