// void twofold_call_on(std::byte* top, void (*run)(void*), void* argument): calls run(argument) on another stack,
// below `top` (aligned to 16). Unwinders and exceptions pass.
        .text
        .globl  twofold_call_on
        .hidden twofold_call_on
        .type   twofold_call_on, @function
        .p2align 4
twofold_call_on:
        .cfi_startproc
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        movq    %rdi, %rsp
        movq    %rdx, %rdi
        call    *%rsi
        leave
        .cfi_def_cfa rsp, 8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   twofold_call_on, .-twofold_call_on

        .section .note.GNU-stack, "", @progbits
