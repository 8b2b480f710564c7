"""The hub and its children, as far as they go without Volatility."""
import errno
import fcntl
import os
import sys
import unittest

import volint_test_support  # noqa: F401
from volint_worker import child, hub
from volint_worker.failure import Failure


class ForkTest(unittest.TestCase):
    def test_a_child_that_can_not_be_leaves_nothing(self):
        def fork():
            raise OSError(errno.EAGAIN, "no more processes")

        free = lowest_free()
        stock, os.fork = os.fork, fork
        try:
            with self.assertRaises(Failure) as raised:
                hub.fork()
        finally:
            os.fork = stock
        self.assertEqual(raised.exception.code, "worker-died")
        self.assertEqual(lowest_free(), free)


def lowest_free():
    """The two numbers that descriptors get next."""
    ends = os.pipe()
    for fd in ends:
        os.close(fd)
    return ends


class LessonTest(unittest.TestCase):
    LESSON = {"types": ["x" * 50000]}

    def lesson(self):
        return self.LESSON

    def test_what_a_child_found_out_arrives(self):
        reader, writer = os.pipe()
        self.assertEqual(self.taught(reader, writer), self.LESSON)

    @unittest.skipUnless(sys.platform.startswith("linux"), "pipes have one size here")
    def test_a_small_pipe_does_not_keep_a_child(self):
        set_size = 1031
        reader, writer = os.pipe()
        fcntl.fcntl(writer, set_size, 4096)
        self.assertEqual(self.taught(reader, writer), {})

    def taught(self, reader, writer):
        child.give_lesson(self, writer)
        os.close(writer)
        try:
            return child.lesson_of(hub.read_all(reader))
        finally:
            os.close(reader)


if __name__ == "__main__":
    unittest.main()
