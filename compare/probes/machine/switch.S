// Two ways to change stacks, for x86-64 System V, which differ in nothing but their last
// instructions. Used by the probes alone; the runtime has its own (stackful/src/switch).
//
//     probe_switch_ret(save, load)   leaves by `ret`: calls and returns balance
//     probe_switch_jmp(save, load)   leaves by `pop` and `jmp`, as Boost.Context 1.81 does: the
//                                    processor's stack of return addresses gets out of step
//
// save (rdi): void**, takes the stack pointer; load (rsi): void*, the one to go on with.
// Saved: the six registers that a callee must keep.

        .macro  save_and_change
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        .endm

        .text
        .globl  probe_switch_ret
        .type   probe_switch_ret, @function
probe_switch_ret:
        .cfi_startproc
        save_and_change
        ret
        .cfi_endproc
        .size   probe_switch_ret, .-probe_switch_ret

        .globl  probe_switch_jmp
        .type   probe_switch_jmp, @function
probe_switch_jmp:
        .cfi_startproc
        save_and_change
        popq    %rcx
        jmp     *%rcx
        .cfi_endproc
        .size   probe_switch_jmp, .-probe_switch_jmp

        .section .note.GNU-stack, "", @progbits
