// The switch between two fibers, for x86-64 System V.
//
//     twofold_switch(Fiber* from, Fiber* to)                             rdi, rsi
//     twofold_switch_for_good(Fiber* to, void (*after)(void*), void* a)  rdi, rsi, rdx
//
// Saved, on the stack that is left: rbp, rbx, r12-r15 (callee-saved). Not saved: the other registers (the caller
// expects them clobbered), mxcsr and the x87 control word (callee-saved by the ABI; fibers share the
// thread's, so a fiber that changes rounding must restore it before it awaits).
//
// Layout of a fiber that is not running, from Fiber::sp upwards; sp = 8 modulo 16:
//
//     sp + 0  r15   +8 r14   +16 r13   +24 r12   +32 rbx   +40 rbp   +48 return address
//
// The switch leaves by `ret`, so that calls and returns stay balanced: an exit by `jmp` puts the
// processor's return stack off by one, and every later return mispredicts.
//
// %fs:0x70 is the stack limit of code compiled for segmented stacks (__private_ss in glibc's thread
// control block); it follows the fiber. Elsewhere it stays 0 and costs a load and a store.

        .equ    FIBER_SP, 0
        .equ    FIBER_LIMIT, 8

        .text
        .globl  twofold_switch
        .hidden twofold_switch
        .type   twofold_switch, @function
        .p2align 5
twofold_switch:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r15, 0
        movq    %fs:0x70, %rax
        movq    %rsp, FIBER_SP(%rdi)
        movq    %rax, FIBER_LIMIT(%rdi)
        movq    FIBER_LIMIT(%rsi), %rcx
        movq    FIBER_SP(%rsi), %rsp            // the layouts are the same: so is the CFI
        movq    %rcx, %fs:0x70
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   twofold_switch, .-twofold_switch

        .globl  twofold_switch_for_good
        .hidden twofold_switch_for_good
        .type   twofold_switch_for_good, @function
        .p2align 5
twofold_switch_for_good:
        .cfi_startproc
        movq    FIBER_LIMIT(%rdi), %rcx
        movq    FIBER_SP(%rdi), %rsp
        .cfi_def_cfa rsp, 56
        .cfi_offset rip, -8
        .cfi_offset r15, -56
        .cfi_offset r14, -48
        .cfi_offset r13, -40
        .cfi_offset r12, -32
        .cfi_offset rbx, -24
        .cfi_offset rbp, -16
        movq    %rcx, %fs:0x70
        movq    %rdx, %rdi
        subq    $8, %rsp                        // aligned to 16 at the call
        .cfi_adjust_cfa_offset 8
        call    *%rsi
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   twofold_switch_for_good, .-twofold_switch_for_good

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
