# Commands for gdb that show twofold's tasks, in a running program or a core file, for either runtime.
#
#     (gdb) source /usr/share/twofold/gdb/twofold-gdb.py
#     (gdb) twofold tasks            every live task, what it waits for, the functions it is suspended in
#     (gdb) twofold bt 7             gdb's own backtrace of task 7, with arguments and lines (stackful),
#                                    or its coroutines with their lines (stackless)
#     (gdb) twofold bt all
#
# The types it needs are in the library, whatever the program was compiled with, unless it was stripped. Nothing is
# called in the program, so that a core file does as well.
#
# How: twofold_first_runtime begins a list of all runtimes, whose tasks are linked. A task on a fiber is shown by an
# unwinder that puts the registers which the fiber's switch has saved in place of the thread's (layout:
# stackful/src/switch/switch_x86_64.S); a chain of coroutines by its links (stackless/chain.hpp).
import re

import gdb
import gdb.unwinder

POINTER = 8
# What the switch restores, by its place above the saved stack pointer, the return address ("rip") last: of twofold_switch, and
# of Boost.Context's jump_fcontext.
SAVED_BY_NATIVE = {"r15": 0, "r14": 8, "r13": 16, "r12": 24, "rbx": 32, "rbp": 40, "rip": 48}
SAVED_BY_BOOST = {"r12": 16, "r13": 24, "r14": 32, "r15": 40, "rbx": 48, "rbp": 56, "rip": 64}
MACHINERY = re.compile(r"^(?:\S+ )?(twofold::detail::|twofold::stackful::(fiber::|await<|AsyncCall<)|twofold::stackless::"
                       r"coro::|std::(__)?(invoke|apply)|twofold_|__morestack|__wrap_)")


def address_of(pointer):
    return int(pointer.cast(gdb.lookup_type("unsigned long")))


def owned(unique_ptr):
    """What a std::unique_ptr points to: with an empty deleter it is the pointer."""
    pointed_to = unique_ptr.type.strip_typedefs().template_argument(0)
    if pointed_to.code == gdb.TYPE_CODE_ARRAY:
        pointed_to = pointed_to.target()
    return unique_ptr.address.cast(pointed_to.pointer().pointer()).dereference()


def text_of(pointer):
    return pointer.string() if address_of(pointer) != 0 else None


def atomic(value):
    return value["_M_b"]["_M_p"] if "_M_b" in [f.name for f in value.type.fields()] else value["_M_i"]


def memory(address, type_name="unsigned long"):
    return gdb.Value(address).cast(gdb.lookup_type(type_name).pointer()).dereference()


def runtimes():
    # By address and type apart: the current frame may be in a language that has no namespaces.
    executor = gdb.lookup_type("twofold::detail::Executor").pointer()
    first = gdb.parse_and_eval("&twofold_first_runtime").cast(executor.pointer()).dereference()
    while address_of(first) != 0:
        yield first.dereference()
        first = first["next_runtime_"]


def tasks_of(executor):
    """The task headers of a runtime, in the order of their ids."""
    heads = [executor["live_"]]
    if address_of(owned(executor["workers_"])) != 0:
        workers = owned(executor["workers_"]).dereference()
        vector = workers["workers_"]["_M_impl"]
        count = int(vector["_M_finish"] - vector["_M_start"])
        heads = [owned((vector["_M_start"] + i).dereference())["live_"] for i in range(count)]
    found = []
    for task in heads:
        while address_of(task) != 0:
            found.append(task.dereference())
            task = task["live_next_"]
    return sorted(found, key=id_of)


def extras_of(task):
    identity = int(atomic(task["identity_"]))
    if identity & 1 == 0:
        return None
    return gdb.Value(identity - 1).cast(gdb.lookup_type("twofold::detail::TaskExtras").pointer()).dereference()


def id_of(task):
    extras = extras_of(task)
    return int(extras["id"]) if extras is not None else int(atomic(task["identity_"])) >> 1


def name_of(task):
    extras = extras_of(task)
    return text_of(atomic(extras["name"])) if extras is not None else None


def flags_of(task):
    flags = int(task["flags_"])
    return {name for bit, name in ((1, "ready"), (2, "running"), (4, "over")) if flags & bit}


# ---- stackful: the thread's registers are exchanged for the fiber's ----


def saved_by_switch():
    try:
        gdb.parse_and_eval("&twofold_switch")
    except gdb.error:
        return SAVED_BY_BOOST
    return SAVED_BY_NATIVE


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class FiberUnwinder(gdb.unwinder.Unwinder):
    """While it is on, the innermost frame of any thread is followed by that which parked the fiber."""

    def __init__(self):
        super().__init__("twofold-fiber")
        self.enabled = False
        self.sp = 0

    def __call__(self, pending_frame):
        if pending_frame.level() != 0:
            return None
        word = gdb.lookup_type("unsigned long")
        # As if it stood on the fiber's stack: gdb holds a frame for broken that lies within the one before.
        frame_id = FrameId(gdb.Value(self.sp).cast(word), pending_frame.read_register("rip"))
        info = pending_frame.create_unwind_info(frame_id)
        saved = saved_by_switch()
        for register, offset in saved.items():
            info.add_saved_register(register, memory(self.sp + offset).cast(word))
        info.add_saved_register("rsp", gdb.Value(self.sp + saved["rip"] + POINTER).cast(word))
        return info


FIBER_UNWINDER = FiberUnwinder()
gdb.unwinder.register_unwinder(None, FIBER_UNWINDER, replace=True)


class OnFiber:
    """In its block gdb's frames are those of a parked fiber, from number 1 on."""

    def __init__(self, sp):
        self.sp = sp

    def __enter__(self):
        FIBER_UNWINDER.sp = self.sp
        FIBER_UNWINDER.enabled = True
        gdb.invalidate_cached_frames()

    def __exit__(self, *_):
        FIBER_UNWINDER.enabled = False
        gdb.invalidate_cached_frames()


def fiber_sp(task):
    """The saved stack pointer of a task's fiber; None where the runtime keeps its tasks otherwise."""
    try:
        stackful = gdb.lookup_type("twofold::stackful::fiber::StackfulTask")
    except gdb.error:
        return None
    own = task.address.cast(stackful.pointer()).dereference()
    return address_of(own["fiber_"]["sp"])


def fiber_functions(sp):
    with OnFiber(sp):
        frame = gdb.newest_frame().older()
        while frame is not None and frame.is_valid():
            name = frame.name()
            if name is None or name == "twofold_fiber_entry":
                return
            line = frame.find_sal()
            where = f" ({line.symtab.filename}:{line.line})" if line.symtab is not None else ""
            yield name, where
            frame = frame.older()


# ---- stackless: the chain ----


ROOT, TO_BITS = 2, 7  # PromiseBase::kRoot and kBits
# A coroutine's frame begins with the functions that resume and destroy it; the promise follows.
PROMISE = 2 * POINTER


def coroutine_name(resume):
    """The function that a coroutine was written as, from the symbol of the code that resumes it."""
    symbol = gdb.execute(f"info symbol {resume:#x}", to_string=True).strip()
    if symbol.startswith("No symbol"):
        return f"{resume:#x}"
    symbol = re.sub(r"( \+ \d+)? in section .*", "", symbol)
    inner = re.search(r"::(_Z\w+)\.Frame\*", symbol)  # gcc: f(f(int)::_Z1fi.Frame*) [clone .actor]
    if inner:
        return gdb.execute(f"with language c++ -- demangle {inner[1]}", to_string=True).strip()
    return re.sub(r"( \[clone .*\])+$", "", symbol)


def coroutine_functions(task):
    own = task.address.cast(gdb.lookup_type("twofold::stackless::coro::StacklessTask").pointer()).dereference()
    frame = address_of(own["innermost_"]["_M_fr_ptr"])
    promise = frame + 2 * POINTER if frame != 0 else 0
    while promise != 0:
        resume = int(memory(promise - PROMISE))
        line = gdb.find_pc_line(resume)
        where = f" ({line.symtab.filename}:{line.line})" if line.symtab is not None else ""
        yield coroutine_name(resume), where
        # The promise is one word: where the outcome goes, behind the parent's frame, and bits. The first of a chain has no
        # parent.
        to = int(memory(promise))
        promise = 0 if to & ROOT else int(memory(to & ~TO_BITS)) + PROMISE


def functions_of(task):
    sp = fiber_sp(task)
    frames = fiber_functions(sp) if sp is not None else coroutine_functions(task)
    return [(name, where) for name, where in frames if not MACHINERY.match(name)]


def describe(task):
    name = name_of(task)
    flags = flags_of(task)
    text = f"task {id_of(task)}" + (f' "{name}"' if name else "")
    if "over" in flags:
        return text + " is over"
    if "running" in flags:
        return text + " runs"
    words = gdb.parse_and_eval("(const char* const*) &twofold_waits_for")
    text += f" waits for {words[int(task['local_']) & 31].string()}"
    return text + (", and has been woken" if "ready" in flags else "")


class Twofold(gdb.Command):
    """Shows the tasks of twofold."""

    def __init__(self):
        super().__init__("twofold", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """Lists every live task with the functions it is suspended in: twofold tasks"""

    def __init__(self):
        super().__init__("twofold tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        count = 0
        for runtime in runtimes():
            for task in tasks_of(runtime):
                count += 1
                print(describe(task))
                if not flags_of(task) & {"running", "over"}:
                    for name, where in functions_of(task):
                        print(f"    at {name}{where}")
        print(f"{count} tasks")


class Backtrace(gdb.Command):
    """Shows the stack of a task: twofold bt ID, or twofold bt all"""

    def __init__(self):
        super().__init__("twofold bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = argument.strip()
        if not re.fullmatch(r"\d+|all", wanted):
            raise gdb.GdbError("twofold bt takes the id of a task, or all; twofold tasks lists them")
        shown = 0
        for runtime in runtimes():
            for task in tasks_of(runtime):
                if wanted not in ("all", str(id_of(task))):
                    continue
                shown += 1
                print(describe(task))
                self.show(task)
        if shown == 0:
            raise gdb.GdbError(f"there is no task {wanted}; twofold tasks lists them")

    @staticmethod
    def show(task):
        if flags_of(task) & {"running", "over"}:
            return
        sp = fiber_sp(task)
        if sp is None:
            for number, (name, where) in enumerate(coroutine_functions(task), 1):
                print(f"#{number}  {name}{where}")
            return
        with OnFiber(sp):
            # Frame 0 is still the thread's own.
            for line in gdb.execute("bt", to_string=True).splitlines():
                if not line.startswith("#0 "):
                    print(line)


Twofold()
Tasks()
Backtrace()
