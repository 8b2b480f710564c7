import optparse
import unittest

import volint_test_support  # noqa: F401
from volint_worker import failure, options2


class Parser(optparse.OptionParser):
    """Volatility's, in small: it prints and exits unless it is told not to."""


class Config(object):
    def __init__(self):
        self.optparser = Parser(add_help_option=False)
        self.options, self.opts = [], {}
        for name, more in [("profile", {}), ("filename", {"short": "f"}), ("help", {"action": "store_true"}), ("dtb", {"type": "int"})]:
            self.add_option(name, **more)

    def add_option(self, name, short=None, **more):
        self.options.append(name.replace("-", "_"))
        self.optparser.add_option(*((["-" + short] if short else []) + ["--" + name]), **more)


class OptionsTest(unittest.TestCase):
    def parse(self, *args):
        config = Config()
        options = options2.Options(config)
        options.start()
        config.add_option("pid", short="p")
        config.add_option("dump-dir", action="store", metavar="DIR")
        config.add_option("all", action="store_true")
        options.finish("linux_x", list(args))
        return config.opts

    def test_options(self):
        self.assertEqual(self.parse(), {})
        self.assertEqual(self.parse("-p", "1,2", "--all"), {"pid": "1,2", "all": True})
        self.assertEqual(self.parse("--pid=1", "--dump-dir", "d", "--dtb=0x10"), {"pid": "1", "dump_dir": "d", "dtb": 16})

    def refused(self, *args):
        with self.assertRaises(failure.Failure) as caught:
            self.parse(*args)
        self.assertEqual(caught.exception.code, "bad-option")
        self.assertEqual(caught.exception.hint, "linux_x takes: -p/--pid PID, --dump-dir DIR, --all")
        return caught.exception.message

    def test_refused(self):
        for args, want in [
            (["--pif", "1"], "linux_x: no such option: --pif"),
            (["--dtb", "x"], "linux_x: option --dtb: invalid integer value: 'x'"),
            (["--pid"], None),
            (["word"], "linux_x: it takes no argument word"),
            (["--profile=P"], "linux_x: --profile=P is not the plugin's option: give volint's --profile before the command"),
            (["-f", "x"], "linux_x: -f is not the plugin's option: give volint's -f before the command"),
            (["-fx"], "linux_x: -fx is not the plugin's option: give volint's -f before the command"),
            (["--prof", "P"], "linux_x: --prof is not the plugin's option: give volint's --profile before the command"),
            (["--help"], "linux_x: --help is not the plugin's option"),
        ]:
            got = self.refused(*args)
            if want:
                self.assertEqual(got, want)


if __name__ == "__main__":
    unittest.main()
