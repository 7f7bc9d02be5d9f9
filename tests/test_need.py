"""What `make` does before it tests or serves: tests/need.sh installs what the tests need, npm what browsers load."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NEED = Path(__file__).with_name("need.sh")
MAKEFILE = NEED.parent.parent / "Makefile"
TOOLS = ("sh", "cat", "mktemp", "rm", "sed", "dirname", "readlink", "mkdir", "ls")


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_installing_waits_for_another_program_that_installs(tmp_path: Path) -> None:
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    program(tmp_path, "id", "echo 0")
    program(tmp_path, "apt-get", f'echo "$@" >>{tmp_path}/asked')
    for present in ("initdb", "chromium"):
        program(tmp_path, present, "echo initdb 16.1")
    done = subprocess.run(["sh", str(NEED)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=30)
    assert (done.returncode, "Still missing" in done.stderr) == (1, True)  # nothing was really installed
    assert "chromium" not in done.stderr.splitlines()[-1], "the one with windows does as well"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[3] for line in asked][:2] == ["update", "install"]
    assert "default-jdk-headless" in asked[1]
    assert asked[2].endswith(" chromium-headless-shell")
    assert all(line.startswith("-o DPkg::Lock::Timeout=600 ") for line in asked)


def test_without_npm__the_demo_goes_on_and_says_what_to_install(tmp_path: Path) -> None:
    for tool in ("sh", "make"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    command = ["make", "-f", str(MAKEFILE), "browser", f"NPM={tmp_path}/nowhere"]
    done = subprocess.run(
        command, env={"PATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "sudo apt-get install npm" in done.stdout
