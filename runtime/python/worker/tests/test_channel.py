import json
import os
import threading
import unittest

import volint_test_support  # noqa: F401
from volint_worker import channel


class Pipe(object):
    def __init__(self):
        self.r, self.w = os.pipe()
        self.open = True

    def shut(self):
        if self.open:
            os.close(self.w)
            self.open = False

    def read(self):
        """All that was written, to the end."""
        parts = []
        while True:
            part = os.read(self.r, 65536)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def close(self):
        self.shut()
        os.close(self.r)


class FramesTest(unittest.TestCase):
    def setUp(self):
        self.pipe = Pipe()
        self.addCleanup(self.pipe.close)
        self.now = 100.0
        self.frames = channel.Frames(self.pipe.w, clock=lambda: self.now)

    def available(self):
        nonblocking(self.pipe.r)
        try:
            return os.read(self.pipe.r, 1 << 20)
        except OSError:
            return b""

    def test_the_first_row_does_not_wait(self):
        self.frames.write(b"one")
        self.assertEqual(self.available(), b"one")

    def test_rows_wait_together_but_not_long(self):
        self.frames.write(b"one")
        self.available()
        self.frames.write(b"two")
        self.assertEqual(self.available(), b"")
        self.now += 2 * channel.Frames.SECONDS
        self.frames.write(b"three")
        self.assertEqual(self.available(), b"twothree")

    def test_many_rows_do_not_pile_up(self):
        self.frames.write(b"one")
        self.available()
        self.frames.write(b"x" * channel.Frames.SIZE)
        self.assertEqual(len(self.available()), channel.Frames.SIZE)

    def test_flush_sends_what_is_left(self):
        self.frames.write(b"one")
        self.frames.write(b"two")
        self.frames.flush()
        self.frames.flush()
        self.pipe.shut()
        self.assertEqual(self.pipe.read(), b"onetwo")

    def test_more_than_a_pipe_holds(self):
        data = b"0123456789" * 50000
        got = []
        reader = threading.Thread(target=lambda: got.append(self.pipe.read()))
        reader.start()
        self.frames.write(data)
        self.pipe.shut()
        reader.join()
        self.assertEqual(got, [data])

    def test_nobody_reads(self):
        r, w = os.pipe()
        os.close(r)
        self.addCleanup(os.close, w)
        with self.assertRaises(channel.Gone):
            channel.Frames(w).write(b"x")


def nonblocking(fd):
    import fcntl

    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


class ControlTest(unittest.TestCase):
    def setUp(self):
        self.pipe = Pipe()
        self.addCleanup(self.pipe.close)
        self.now = 100.0
        self.control = channel.Control(self.pipe.w, clock=lambda: self.now)

    def records(self):
        self.pipe.shut()
        return [json.loads(line.decode("ascii")) for line in self.pipe.read().splitlines()]

    def test_any_text_is_a_line_of_json(self):
        self.control.warn(b"\xff\x00\n\x1b")
        self.control.warn(u"\u00e9\n\ud800")
        self.control.send("end", lost=[{"field": b"\xff"}], rows=3)
        texts = [record.get("text") for record in self.records()]
        self.assertEqual(texts, [u"\ufffd\x00\n\x1b", u"\u00e9\n\ud800", None])

    def test_progress_is_told_now_and_then(self):
        for percent in range(50):
            self.control.progress(percent, "scanning")
            self.now += channel.Control.PROGRESS_SECONDS / 10
        self.control.progress(0, "another thing")
        told = [(record["percent"], record["text"]) for record in self.records()]
        self.assertEqual(told[0], (0, "scanning"))
        self.assertEqual(told[-1], (0, "another thing"))
        self.assertLess(len(told), 10)

    def test_threads_do_not_mix_lines(self):
        def warn():
            for _ in range(50):
                self.control.warn("x" * 200)

        threads = [threading.Thread(target=warn) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([len(record["text"]) for record in self.records()], [200] * 200)


if __name__ == "__main__":
    unittest.main()
