"""The cable between the network namespaces of a faults run: carries Ethernet frames between its interfaces, and loses,
delays, reorders or cuts them as it is told by a line of JSON on its standard input. Tables of the kernel that would do
the same (netem) are missing on many machines; packet sockets are not. It ends with its standard input.

Usage: wire.py INTERFACE INTERFACE, the first being the side of the client.
Orders: {"loss": 0..1, "delay": ms, "reorder": 0..1, "cut": "none" | "both" | "client" | "server"}, where "client" cuts
what comes from the client only.
"""
import fcntl
import heapq
import json
import random
import select
import socket
import struct
import sys
import time

SIOCETHTOOL = 0x8946
SETTINGS = {"transmit checksums": 0x17, "receive checksums": 0x15, "segmentation": 0x1F, "receive merging": 0x2C}
ALL_FRAMES = 0x0003
OUTGOING = 4


def plain(name):
    """Turns off what leaves the work of checksums and segments to a card: there is none."""
    import array
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in SETTINGS.values():
            value = array.array("B", struct.pack("II", command, 0))
            try:
                request = struct.pack("16sP", name.encode(), value.buffer_info()[0])
                fcntl.ioctl(control, SIOCETHTOOL, request)
            except OSError:
                pass


def open_side(name):
    side = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_FRAMES))
    side.bind((name, 0))
    side.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    side.setblocking(False)
    return side


def main(names):
    sides = [open_side(name) for name in names]
    faults = {"loss": 0, "delay": 0, "reorder": 0, "cut": "none"}
    late, number, orders = [], 0, b""
    sys.stdin = open(0, "rb", buffering=0)
    print("ready", flush=True)
    while True:
        wait = max(0, late[0][0] - time.monotonic()) if late else None
        readable, _, _ = select.select([*sides, sys.stdin], [], [], wait)
        if sys.stdin in readable:
            read = sys.stdin.read(4096)
            if not read:
                return
            *lines, orders = (orders + read).split(b"\n")
            for line in lines:
                faults.update(json.loads(line))
                print("ready", flush=True)
        for index, side in enumerate(sides):
            if side not in readable:
                continue
            for _ in range(256):
                try:
                    frame, address = side.recvfrom(65536)
                except BlockingIOError:
                    break
                cut = faults["cut"] in ("both", ("client", "server")[index])
                if address[2] == OUTGOING or cut or random.random() < faults["loss"]:
                    continue
                due = time.monotonic()
                # One that is reordered overtakes those that are delayed; without a delay it comes later than the next.
                if random.random() < faults["reorder"]:
                    due += 0 if faults["delay"] else 0.005
                else:
                    due += faults["delay"] / 1000
                heapq.heappush(late, (due, number, sides[1 - index], frame))
                number += 1
        now = time.monotonic()
        while late and late[0][0] <= now:
            _, _, side, frame = heapq.heappop(late)
            try:
                side.send(frame)
            except OSError:
                pass


if sys.argv[1] == "plain":
    for interface in sys.argv[2:]:
        plain(interface)
else:
    main(sys.argv[1:])
