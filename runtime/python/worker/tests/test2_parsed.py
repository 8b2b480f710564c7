"""What is parsed of a profile, and made again."""
import gc
import os
import unittest
import zipfile

import volint_test_engine2
from volint_worker import store

volint_test_engine2.engine()
import volatility.dwarf as dwarf  # noqa: E402 - the engine imports Volatility where it is safe
import volatility.plugins.overlays.linux.linux as linux  # noqa: E402
from volint_worker import addresses2, parsed2, profiles2  # noqa: E402

# Two units: the second has a type of the first again, and drops one that nothing uses.
DWARF = r"""<0><1><DW_TAG_compile_unit> DW_AT_name<one>
<1><2><DW_TAG_base_type> DW_AT_name<int> DW_AT_byte_size<4> DW_AT_encoding<DW_ATE_signed>
<1><3><DW_TAG_enumeration_type> DW_AT_name<wide> DW_AT_byte_size<4>
<2><4><DW_TAG_enumerator> DW_AT_name<A> DW_AT_const_value<8>
<2><5><DW_TAG_enumerator> DW_AT_name<B> DW_AT_const_value<0>
<2><6><DW_TAG_enumerator> DW_AT_name<C> DW_AT_const_value<16>
<1><10><DW_TAG_structure_type> DW_AT_name<pair> DW_AT_byte_size<8>
<2><11><DW_TAG_member> DW_AT_name<y> DW_AT_data_member_location<0> DW_AT_type<<2>>
<2><12><DW_TAG_member> DW_AT_name<x> DW_AT_data_member_location<4> DW_AT_type<<3>>
<1><20><DW_TAG_union_type> DW_AT_byte_size<4>
<2><21><DW_TAG_member> DW_AT_name<u> DW_AT_type<<2>>
<1><30><DW_TAG_structure_type> DW_AT_name<holder> DW_AT_byte_size<4>
<2><31><DW_TAG_member> DW_AT_data_member_location<0> DW_AT_type<<20>>
<1><40><DW_TAG_structure_type> DW_AT_byte_size<4>
<2><41><DW_TAG_member> DW_AT_name<lost> DW_AT_data_member_location<0> DW_AT_type<<2>>
<0><101><DW_TAG_compile_unit> DW_AT_name<two>
<1><102><DW_TAG_base_type> DW_AT_name<int> DW_AT_byte_size<4> DW_AT_encoding<DW_ATE_signed>
<1><110><DW_TAG_structure_type> DW_AT_name<pair> DW_AT_byte_size<12>
<2><111><DW_TAG_member> DW_AT_name<z> DW_AT_data_member_location<8> DW_AT_type<<102>>
<1><120><DW_TAG_structure_type> DW_AT_name<later> DW_AT_byte_size<4>
<2><121><DW_TAG_member> DW_AT_name<p> DW_AT_data_member_location<0> DW_AT_type<<110>>
"""

MAP = """ffffffff81000000 T _text
0000000000000010 A twice
ffffffff81000010 t one
(null) T skipped
0000000000000020 d twice
ffffffff81000010 T other
"""


def files():
    with zipfile.ZipFile(volint_test_engine2.ARCHIVE) as archive:
        return archive.read("module.dwarf"), archive.read("System.map")


class Same(unittest.TestCase):
    def tearDown(self):
        gc.collect()  # classes of profiles are known to Volatility as long as they are there

    def assert_same(self, one, other):
        """The same values of the same types, in the same order."""
        self.assertIs(type(one), type(other))
        if isinstance(one, dict):
            self.assertEqual(list(one), list(other))
            for key in one:
                self.assert_same(one[key], other[key])
        elif isinstance(one, list):
            self.assertEqual(len(one), len(other))
            for a, b in zip(one, other):
                self.assert_same(a, b)
        elif callable(one):
            self.assertIs(one.__code__, other.__code__)  # overlays make functions each time
        else:
            self.assertEqual(one, other)


class ParsedTest(Same):
    def check(self, types, system_map):
        restored = parsed2.restore(parsed2.parse(types, system_map).saved())
        self.assert_same(restored.types(), dwarf.DWARFParser(types).finalize())
        machine, model, symbols = linux.parse_system_map(system_map, "kernel")
        self.assert_same(restored.symbols(), symbols)
        self.assertEqual(linux.parse_system_map(restored.kernel, "kernel")[:2], (machine, model))

    def test_a_kernel(self):
        self.check(*files())

    def test_units(self):
        self.check(DWARF, MAP)
        self.check(DWARF, "c0000000 T _text\n00000010 A x")
        self.check(DWARF, "c0000000 T arm_syscall\nc0000010 T _text")

    def test_of_another_form(self):
        import marshal

        self.assertIsNone(parsed2.restore(marshal.dumps((parsed2.FORM + 1, "", "", ""))))

    def test_choices_in_their_order(self):
        """Many numbers in a small dictionary take each other's places."""
        lines = ["<0><1><DW_TAG_compile_unit> DW_AT_name<one>", "<1><2><DW_TAG_enumeration_type> DW_AT_name<e> DW_AT_byte_size<4>"]
        for at, value in enumerate([264, 8, 16, 272, 4096, 0, 9, 265, 1 << 20]):
            lines.append("<2><%d><DW_TAG_enumerator> DW_AT_name<N%d> DW_AT_const_value<%d>" % (10 + at, at, value))
        lines.append("<1><50><DW_TAG_structure_type> DW_AT_name<s> DW_AT_byte_size<4>")
        lines.append("<2><51><DW_TAG_member> DW_AT_name<m> DW_AT_data_member_location<0> DW_AT_type<<2>>")
        self.check("\n".join(lines), MAP)


class ProfileTest(Same, volint_test_engine2.Test):
    """A profile that was restored beside one that Volatility makes itself."""

    def archives(self):
        archives = profiles2.Archives(store.Store(self.path("store"), 1 << 30))
        return archives._parse(volint_test_engine2.ARCHIVE)

    def test_profile(self):
        classes = []
        for archive in (profiles2.open_archive(volint_test_engine2.ARCHIVE), self.archives(), self.archives()):
            classes.append(linux.LinuxProfileFactory(archive))
            archive.in_use = True
        stock, parsed, restored = [made() for made in classes]
        for each in (parsed, restored):
            self.assertEqual(type(each).__name__, type(stock).__name__)
            self.assertEqual(each.metadata, stock.metadata)
            self.assert_same(each.vtypes, stock.vtypes)
            self.assert_same(each.sys_map, stock.sys_map)
            self.assert_same(each.native_types, stock.native_types)
            self.assertEqual(each.object_classes, stock.object_classes)
            self.assertEqual(each.applied_modifications, stock.applied_modifications)
            self.assertEqual(list(each.types), list(stock.types))
            seen = set()
            for name in stock.types:
                self.assertTrue(same_made(each.types[name], stock.types[name], seen), name)

    def test_kept_once(self):
        self.archives()
        kept = os.listdir(self.path("store"))
        self.archives()
        self.assertEqual(os.listdir(self.path("store")), kept)
        self.assertEqual(len([name for name in kept if name.startswith("profile-")]), 1)


def same_made(one, other, seen):
    """Whether two makers of objects make the same: they hold those of their members."""
    if (id(one), id(other)) in seen:
        return True
    seen.add((id(one), id(other)))
    if hasattr(one, "func"):
        return all(same_made(getattr(one, part), getattr(other, part), seen) for part in ("func", "args", "keywords"))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same_made(one[key], other[key], seen) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same_made(a, b, seen) for a, b in zip(one, other))
    return getattr(one, "__code__", one) == getattr(other, "__code__", other)


class AddressTest(Same):
    def test_as_volatility_finds_them(self):
        stock = linux.LinuxProfileFactory(profiles2.open_archive(volint_test_engine2.ARCHIVE))
        profile = stock()
        addresses = [place[0] for places in profile.sys_map["kernel"].values() for place in places]
        for shift in (0, 0x1000000):
            profile.virtual_shift = shift
            for address in addresses[::2000] + [0, -1, 1 << 64, addresses[0] + 1]:
                address += shift
                want = stock._get_symbol_by_address(profile, "kernel", address)
                self.assertEqual(addresses2.symbol_by_address(profile, "kernel", address), want)

    def test_no_such_module(self):
        profile = linux.LinuxProfileFactory(profiles2.open_archive(volint_test_engine2.ARCHIVE))()
        with self.assertRaises(KeyError):
            addresses2.symbol_by_address(profile, "nope", 0)


if __name__ == "__main__":
    unittest.main()
