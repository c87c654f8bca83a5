# SPDX-License-Identifier: BSD-2-Clause
"""Start and stop as an operator knows them: tools/run.sh, the supervisor, the command line."""
import contextlib
import os
import pathlib
import signal
import subprocess

import pytest
import sip
import tandem
from baresip import Phone

STOCK = pathlib.Path("/etc/kamailio/kamailio.cfg")
CONFIG = """
auto_aliases=no
loadmodule "sl.so"
loadmodule "pv.so"
request_route {
	sl_send_reply("200", "$pp");
}
"""


def ask(port, seconds=0.5):
    """The number of the process that answers, or None."""
    with sip.Udp(port) as phone:
        reply = phone.ask(sip.request("OPTIONS", "sip:127.0.0.1", port=phone.port), seconds)
    return int(reply.split(b"\r\n")[0].split()[-1]) if sip.status(reply) == 200 else None


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A zombie that nobody waits for yet has ended too.
    return " Z " in pathlib.Path(f"/proc/{pid}/stat").read_text()


@contextlib.contextmanager
def ended(pid):
    """Ends a process, whatever happens."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid(), signal.SIGTERM)


def test_run_starts_an_exchange_for_phones(folder):
    """What `make run` does once all is built, and what it tells the user to do."""
    port, data = tandem.free_port(), folder / "data"
    log = (folder / "run.log").open("wb")
    process = subprocess.Popen([tandem.ROOT / "tools/run.sh", "-l", f"udp:127.0.0.1:{port}", "-l",
                                f"tcp:127.0.0.1:{port}"], stdout=log, stderr=log,
                               env={**os.environ, "TANDEM_DATA": str(data)})
    try:
        tandem.until((data / "tandem.sock").exists, 20, "the control socket")
        said = (folder / "run.log").read_text()
        for line in said.splitlines():
            if "user add alice secret" in line:
                command = line.split("add a user")[1].split()
                done = subprocess.run(command, cwd=tandem.ROOT, capture_output=True, text=True,
                                      timeout=20, check=False)
                assert done.returncode == 0, done.stdout + done.stderr
        with Phone(folder, "alice", "secret", port) as alice:
            assert alice.registration()
    finally:
        process.terminate()
        assert process.wait(20) == 0
        log.close()


def test_a_supervisor_starts_the_server_again(folder):
    port, pid_file, config = tandem.free_port(), folder / "pid", folder / "tandem.cfg"
    config.write_text(CONFIG)
    command = [tandem.TANDEM, "-f", config, "-l", f"udp:127.0.0.1:{port}", "-P", pid_file, "-Y",
               folder]
    done = subprocess.run(command, timeout=30, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    supervisor = int(pid_file.read_text())
    with ended(lambda: supervisor):
        first = ask(port)  # the command returned, so it serves
        assert first
        os.kill(first, signal.SIGSEGV)
        second = tandem.until(lambda: ask(port), 20, "a new server")
        assert second != first and int(pid_file.read_text()) == supervisor
        os.kill(supervisor, signal.SIGTERM)
        tandem.until(lambda: is_gone(second), 10, "the end of the server")
        tandem.until(lambda: not pid_file.exists(), 10, "the end of the process id file")
        assert ask(port, 0.2) is None


def test_a_start_that_fails_says_so(folder):
    """The parent process tells, though the server is another one."""
    config = folder / "tandem.cfg"
    config.write_text(CONFIG)
    with sip.Udp(1) as taken:
        done = subprocess.run([tandem.TANDEM, "-f", config, "-l", f"udp:{sip.HOST}:{taken.port}",
                               "-Y", folder], timeout=30, capture_output=True, text=True,
                              check=False)
    assert done.returncode != 0 and str(taken.port) in done.stderr, done.stderr


@pytest.mark.parametrize("options", [
    "-m 64 -M 8", "-d", "-b 65536", "-B 65536", "-n 2", "-K", "-r", "-R", "-T", "-N 4", "-W epoll",
    "-S", "-Q 2", "-O 3", "-a no", "-A WITH_X", "-A WITH_X=1", "-x qm", "-X fm", "-e", "-E", "-DD",
    "-u nobody -g nogroup", "--alias=a.example.org", "--domain=b.example.org", "--server-id=7",
    "--subst=/aaa/bbb/", "--substdef=/AAA/bbb/", "--substdefs=/AAB/bbb/", "--loadmodule=sl.so",
    "--modparam=sl:default_code:i:501", "--log-engine=json:a", "--debug=2", "--atexit=no",
    "--all-errors", "--iuid=a", "-w /", "-L /usr/lib/x86_64-linux-gnu/kamailio/modules",
])
def test_takes_the_options_of_the_peer(folder, options):
    code, said = tandem.check(STOCK, *options.split(), "-Y", folder)
    assert code == 0, said


@pytest.mark.parametrize("option", ["-v", "-V", "-h", "-I", "--version", "--help"])
def test_prints_and_ends(option):
    done = subprocess.run([tandem.TANDEM, option], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 0 and "tandem" in done.stdout.lower(), done


def test_refuses_an_unknown_option():
    done = subprocess.run([tandem.TANDEM, "-Z"], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode != 0 and "Z" in done.stderr, done
