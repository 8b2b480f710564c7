"""The types of the kernel's variables that Volatility 3 looks into.

BTF has none for most of them. Written as in C, with what a pointer points to
first; "?a,b" is the struct that has just these members and no name.
"""

TYPES = {
    # processes
    "init_task": "task_struct",
    "init_mm": "mm_struct",
    "init_pid_ns": "pid_namespace",
    "init_cred": "cred",
    "init_files": "files_struct",
    "init_fs": "fs_struct",
    "init_nsproxy": "nsproxy",
    "init_user_ns": "user_namespace",
    "init_uts_ns": "uts_namespace",
    # time
    "timekeeper": "timekeeper",
    "tk_core": "?seq,timekeeper",
    "jiffies": "long unsigned int",
    "jiffies_64": "long unsigned int",
    # modules and tracing
    "modules": "list_head",
    "mod_tree": "mod_tree_root",
    "module_kset": "kset *",
    "module_addr_min": "long unsigned int",
    "module_addr_max": "long unsigned int",
    "taint_flags": "taint_flag [19]",
    "ftrace_ops_list": "ftrace_ops *",
    "ftrace_list_end": "ftrace_ops",
    "ftrace_mod_maps": "list_head",
    "ftrace_ops_trampoline_list": "list_head",
    "__start___tracepoints_ptrs": "int [0]",
    "prog_idr": "idr",
    "map_idr": "idr",
    "bpf_kallsyms": "list_head",
    "bpf_tree": "latch_tree_root",
    # files and network
    "super_blocks": "list_head",
    "inode_hashtable": "hlist_head *",
    "dentry_hashtable": "hlist_bl_head *",
    "sockfs_dentry_operations": "dentry_operations",
    "socket_file_ops": "file_operations",
    "init_net": "net",
    "net_namespace_list": "list_head",
    "tcp4_seq_afinfo": "tcp_seq_afinfo",
    "tcp6_seq_afinfo": "tcp_seq_afinfo",
    "udp4_seq_afinfo": "udp_seq_afinfo",
    "udp6_seq_afinfo": "udp_seq_afinfo",
    # devices and logs
    "prb": "printk_ringbuffer *",
    "log_buf": "char *",
    "log_buf_len": "unsigned int",
    "tty_drivers": "list_head",
    "keyboard_notifier_list": "atomic_notifier_head",
    "num_registered_fb": "int",
    "registered_fb": "fb_info * [32]",
    "iomem_resource": "resource",
    "ioport_resource": "resource",
    "idt_table": "gate_struct [256]",
    "sys_call_table": "long unsigned int [0]",
    "cap_last_cap": "int",
    # memory
    "mem_map": "page *",
    "mem_section": "mem_section * *",
    "vmemmap_base": "long unsigned int",
    "page_offset_base": "long unsigned int",
    "vmalloc_base": "long unsigned int",
    "phys_base": "long unsigned int",
    # the kernel itself
    "linux_banner": "char [0]",
    "saved_command_line": "char *",
    "system_utsname": "new_utsname",
    "_text": "char [0]",
    "_etext": "char [0]",
    "_stext": "char [0]",
    "_end": "char [0]",
    "kallsyms_num_syms": "unsigned int",
    "kallsyms_names": "unsigned char [0]",
    "kallsyms_token_table": "char [0]",
    "kallsyms_token_index": "short unsigned int [0]",
    "kallsyms_markers": "unsigned int [0]",
    "kallsyms_offsets": "int [0]",
    "kallsyms_relative_base": "long unsigned int",
}


def type_of(symbol):
    """The type of a variable, or None where nobody looks."""
    if symbol in TYPES:
        return TYPES[symbol]
    return "seq_operations" if symbol.endswith("_seq_ops") else None
