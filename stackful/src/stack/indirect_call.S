// __x86_indirect_thunk_REG: where calls through pointers and virtual functions go.
//
// No linker sees what such a call calls. Code that runs on fibers is compiled with -mindirect-branch=thunk-extern,
// a switch against speculation, which makes each indirect call one of these functions with the target in a
// register. It looks at the first bytes of the target: code that checks its stack begins with the check,
//
//     64 48 3b 24 25 ..             cmpq %fs:0x70, %rsp
//     4c 8d 5c 24 .. 64 4c 3b 1c    leaq -n(%rsp), %r11;  cmpq %fs:0x70, %r11      also our thunks
//     4c 8d 9c 24 .. .. .. .. 64 4c 3b 1c
//     f9 0f 1f 84 ..                stc; nop                                       the first, rewritten by the linker
//
// and is jumped to: a comparison more than the call alone. All else is taken for foreign, and called as by a thunk of
// foreign_thunks.S.in: in place where there is room, else on a segment with room, with 256 bytes of what may be
// arguments on the stack. What is wrongly taken for foreign (the adjusting entry of a virtual function of a second
// base class) runs on a large segment: correct, not small.
//
// Registers: all but r10 and r11 survive, as they must at a call. Symbols without a type and the note: see
// foreign_thunks.S.in.

        .equ    LIMIT, 0x70
        .equ    FOREIGN_ROOM, 0x20000           // as in morestack.S
        .equ    ARGUMENT_BYTES, 256

        .macro  TELL_APART reg, scratch
        cmpl    $0x243b4864, (%\reg)
        jne     2f
1:      jmp     *%\reg
2:      cmpl    $0x245c8d4c, (%\reg)
        je      4f
        cmpl    $0x249c8d4c, (%\reg)
        je      5f
        cmpl    $0x841f0ff9, (%\reg)
        je      1b
3:      leaq    -FOREIGN_ROOM(%rsp), %\scratch
        cmpq    %fs:LIMIT, %\scratch
        jae     1b
        .endm
        .macro  TELL_LONGER_CHECKS reg
4:      cmpl    $0x1c3b4c64, 5(%\reg)
        je      1b
        jmp     3b
5:      cmpl    $0x1c3b4c64, 8(%\reg)
        je      1b
        jmp     3b
        .endm

        // The target is in a register that the hop keeps.
        .macro  INDIRECT reg
        .globl  __x86_indirect_thunk_\reg
        .hidden __x86_indirect_thunk_\reg
        .p2align 5
__x86_indirect_thunk_\reg:
        .cfi_startproc
        TELL_APART \reg, r11
        xorl    %r10d, %r10d
        movl    $ARGUMENT_BYTES, %r11d
        call    __morestack_foreign
        ret
        jmp     *%\reg
        TELL_LONGER_CHECKS \reg
        .cfi_endproc
        .endm

        // In one that it does not keep: by way of a thread-local word. Nothing else runs on the thread meanwhile.
        .macro  INDIRECT_SCRATCH reg, scratch
        .globl  __x86_indirect_thunk_\reg
        .hidden __x86_indirect_thunk_\reg
        .p2align 5
__x86_indirect_thunk_\reg:
        .cfi_startproc
        TELL_APART \reg, \scratch
        movq    twofold_indirect_target@gottpoff(%rip), %\scratch
        movq    %\reg, %fs:(%\scratch)
        xorl    %r10d, %r10d
        movl    $ARGUMENT_BYTES, %r11d
        call    __morestack_foreign
        ret
        movq    twofold_indirect_target@gottpoff(%rip), %r11
        jmp     *%fs:(%r11)
        TELL_LONGER_CHECKS \reg
        .cfi_endproc
        .endm

        .text
        .irp    reg, rax, rbx, rcx, rdx, rsi, rdi, r8, r9, r12, r13, r14, r15
        INDIRECT \reg
        .endr
        INDIRECT_SCRATCH rbp, r11
        INDIRECT_SCRATCH r10, r11
        INDIRECT_SCRATCH r11, r10

        .section .tbss, "awT", @nobits
        .p2align 3
        .type   twofold_indirect_target, @object
        .size   twofold_indirect_target, 8
twofold_indirect_target:
        .zero   8

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
