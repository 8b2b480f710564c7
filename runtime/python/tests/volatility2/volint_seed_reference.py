"""What the seed wrote by hand: a method of linux_pslist that makes protobuf's own
objects. Its typing mistakes are mended: `& uint6`, and a 64-bit mask for gid.

protoc's Python code of today does not load under protobuf 3.17.3, the last for
Python 2.7, so that the class comes from a descriptor, as module panda_vol_int_pb2.
"""
import struct
import sys
import types

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import volatility.plugins.linux.pslist as pslist
from volatility.renderers.basic import Address

FIELDS = [("offset", 4), ("name", 9), ("pid", 13), ("uid", 13), ("gid", 13), ("dtb", 4), ("start_time", 4)]


def make_class():
    file = descriptor_pb2.FileDescriptorProto(name="panda_vol_int.proto", syntax="proto2", package="volatility_render")
    message = file.message_type.add(name="linux_pslist_task")
    for number, (name, kind) in enumerate(FIELDS):
        message.field.add(name=name, number=number + 1, type=kind, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("volatility_render.linux_pslist_task"))


linux_pslist_task = make_class()
pb2 = sys.modules["panda_vol_int_pb2"] = types.ModuleType("panda_vol_int_pb2")
pb2.linux_pslist_task = linux_pslist_task


def render_seed(self, outfd, data):
    uint64 = 0xffffffffffffffff
    uint32 = 0xffffffff
    for task in data:
        if task.mm.pgd == None:
            dtb = task.mm.pgd
        else:
            dtb = self.addr_space.vtop(task.mm.pgd) or task.mm.pgd
        ptask = linux_pslist_task()
        ptask.offset = int(task.obj_offset) & uint64
        ptask.name = str(task.comm)
        ptask.pid = int(task.pid) & uint32
        ptask.uid = int(task.uid) & uint32
        ptask.gid = int(task.gid) & uint32
        ptask.dtb = int(Address(dtb)) & uint64
        ptask.start_time = int(task.get_task_start_time()) & uint64
        tmp = ptask.SerializeToString()
        outfd.write(struct.pack("<I", len(tmp)) + tmp)


pslist.linux_pslist.render_seed = render_seed
