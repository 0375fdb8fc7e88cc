"""
A libzmq that does as it is told: every line of standard input is a JSON string of Python code, which is run here; what it
leaves in `out` is answered as a line of JSON, bytes as text of Latin-1. A line `ready` comes first.
"""
import json
import sys
import threading
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

context = zmq.Context()


def sock(kind, **options):
    """A socket of a type such as 'REQ', with options by their names in Python."""
    socket = context.socket(getattr(zmq, kind))
    socket.linger = 0
    socket.rcvtimeo = socket.sndtimeo = 4000
    for name, value in options.items():
        setattr(socket, name, value)
    return socket


def bind(socket, url="tcp://127.0.0.1:*"):
    """Binds and returns the address."""
    socket.bind(url)
    return socket.last_endpoint.rstrip(b"\0").decode()


def recv(socket):
    """The frames of the next message; None when none came."""
    try:
        return socket.recv_multipart()
    except zmq.Again:
        return None


def drain(socket, patience=300):
    """All messages until none comes for so many ms."""
    messages = []
    while socket.poll(patience):
        messages.append(socket.recv_multipart())
    return messages


def thread(task):
    threading.Thread(target=task, daemon=True).start()


def proxy(front_kind, back_kind):
    """A proxy between two sockets that are bound; returns both addresses."""
    front, back = context.socket(getattr(zmq, front_kind)), context.socket(getattr(zmq, back_kind))
    addresses = [bind(front), bind(back)]
    thread(lambda: zmq.proxy(front, back))
    return addresses


def monitor(socket):
    """Names of what happens to a socket, appended to the list that is returned."""
    watched, seen = socket.get_monitor_socket(), []
    names = {int(getattr(zmq, name)): name[6:] for name in dir(zmq) if name.startswith("EVENT_")}

    def watch():
        while True:
            event = recv_monitor_message(watched)
            seen.append([names.get(event["event"], "?"), event["value"]])

    thread(watch)
    return seen


def until(seen, name, seconds=4):
    """The value of the first event of that name."""
    end = time.time() + seconds
    while time.time() < end:
        for event in seen:
            if event[0] == name:
                return event[1]
        time.sleep(0.005)
    return None


def zap(allow):
    """Answers every question of ZAP: `allow(mechanism, credentials)` returns a code."""
    handler = context.socket(zmq.REP)
    handler.bind("inproc://zeromq.zap.01")

    def answer():
        while True:
            version, request, _domain, _address, _identity, mechanism, *credentials = handler.recv_multipart()
            code = allow(mechanism.decode(), credentials)
            handler.send_multipart([version, request, code.encode(), b"", b"somebody", b""])

    thread(answer)


scope = dict(globals())
print("ready", flush=True)
for line in sys.stdin:
    scope["out"] = None
    try:
        exec(json.loads(line), scope)
        answer = {"out": scope["out"]}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer, default=lambda value: value.decode("latin1")), flush=True)
