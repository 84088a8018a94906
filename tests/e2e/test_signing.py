"""A signed package: what it carries and itself, by a certificate of the test's own; and what is signed without one."""

import contextlib
import http.server
import os
import subprocess
import tempfile
import threading

import pytest
from harness import ROOT
from package import binary, of_version, unpack

PROGRAMS = ["HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll"]
EXTENSIONS = {
    "code": "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,codeSigning\n",
    "stamp": "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n",
}


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and by it a certificate for code and one for time stamps."""
    folder = tmp_path_factory.mktemp("certificates")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=An authority",
            "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    for name, text in EXTENSIONS.items():
        (folder / f"{name}.ext").write_text(text)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN=For {name}", "-keyout", folder / f"{name}.key",
                "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-days", "20",
                "-CAcreateserial", "-extfile", folder / f"{name}.ext", "-out", folder / f"{name}.pem")
    return folder


TSA = """[tsa]
default_tsa = own
[own]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ordering = no
tsa_name = no
"""


@contextlib.contextmanager
def stamping(certificates):
    """A time-stamp server (RFC 3161) on loopback, by openssl; its URL. It is busy at first, as the public ones are now and then."""
    config = certificates / "tsa.cnf"
    config.write_text(TSA.format(folder=certificates))

    class Handler(http.server.BaseHTTPRequestHandler):
        busy = 2

        def do_POST(self):
            if Handler.busy > 0:
                Handler.busy -= 1
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_error(503)
                return
            with tempfile.NamedTemporaryFile() as asked:
                asked.write(self.rfile.read(int(self.headers["Content-Length"])))
                asked.flush()
                stamp = subprocess.run(["openssl", "ts", "-reply", "-config", config, "-queryfile", asked.name,
                                        "-signer", certificates / "stamp.pem", "-inkey", certificates / "stamp.key",
                                        "-chain", certificates / "ca.pem"], check=True, capture_output=True).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(stamp)))
            self.end_headers()
            self.wfile.write(stamp)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def environment(certificates, url):
    return {"HIPBRIDGE_SIGN_CERTS": str(certificates / "code.pem"), "HIPBRIDGE_SIGN_KEY": str(certificates / "code.key"),
            "HIPBRIDGE_SIGN_TIMESTAMP": url}


def verified(path, certificates):
    done = subprocess.run(["osslsigncode", "verify", "-CAfile", certificates / "ca.pem", "-TSA-CAfile", certificates / "ca.pem",
                           "-in", path], capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def test_programs_and_package_are_signed_and_stamped(msi, certificates, tmp_path):
    with stamping(certificates) as url:
        signed = of_version(msi, tmp_path, "9.1.0", **environment(certificates, url))
    carried = tmp_path / "carried"
    subprocess.run(["msiextract", "-C", carried, signed], check=True, capture_output=True)
    setup = tmp_path / "HipBridgeSetup.dll"
    setup.write_bytes(binary(signed, "HipBridgeSetup.dll"))
    for path in (signed, setup, *(next(carried.rglob(name)) for name in PROGRAMS)):
        good, said = verified(path, certificates)
        assert good and "SHA256" in said.upper().replace("SHA2-256", "SHA256") and "imestamp" in said, f"{path.name}: {said}"
    broken = tmp_path / "broken.exe"
    data = bytearray(next(carried.rglob("hipctl.exe")).read_bytes())
    data[len(data) // 2] ^= 1
    broken.write_bytes(data)
    assert not verified(broken, certificates)[0], "a byte was changed"


def test_nothing_is_signed_unless_a_certificate_is_named(msi, tmp_path, certificates):
    assert not verified(msi, certificates)[0]
    assert not verified(unpack(msi, tmp_path) / "bin/hipctl.exe", certificates)[0]


@pytest.mark.parametrize("missing", ["HIPBRIDGE_SIGN_KEY", "HIPBRIDGE_SIGN_TIMESTAMP"])
def test_half_a_certificate_makes_no_package(msi, certificates, tmp_path, missing):
    given = {name: value for name, value in environment(certificates, "http://127.0.0.1:9/").items() if name != missing}
    done = subprocess.run([ROOT / "installer/build.sh", unpack(msi, tmp_path), tmp_path / "half.msi"], capture_output=True, text=True,
                          env={**os.environ, **given})
    assert done.returncode != 0 and not (tmp_path / "half.msi").exists(), done.stderr
