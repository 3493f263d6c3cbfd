// void twofold_call_on_big_stack(void (*run)(void*), void* argument): the hop to a foreign segment by hand.
//
// In an object of its own, with the split-stack note and without a type, so that the linker does not move the
// functions that call it to a large segment: see foreign_thunks.S.in.

        .equ    LIMIT, 0x70
        .equ    FOREIGN_BYTES, 0x40000

        .text
        .globl  twofold_call_on_big_stack
        .hidden twofold_call_on_big_stack
        .p2align 4
twofold_call_on_big_stack:
        .cfi_startproc
        movq    %rdi, %rax
        movq    %rsi, %rdi
        leaq    -FOREIGN_BYTES(%rsp), %r11
        cmpq    %fs:LIMIT, %r11
        jb      1f
        jmp     *%rax
1:      xorl    %r10d, %r10d
        xorl    %r11d, %r11d
        call    __morestack_foreign
        ret
        jmp     *%rax
        .cfi_endproc

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
