// For segmented.cpp: stands in for __morestack and its kin, and counts. Not in the other file, since link-time optimization
// does not see what assembly in a C++ file defines.
        .text
        .globl  __morestack
        .globl  __morestack_allocate_stack_space
        .globl  __wrap_pthread_create           // that a link with -fsplit-stack looks for, and takes libgcc's with
__wrap_pthread_create:
__morestack:
__morestack_allocate_stack_space:
        popq    %r10
        incq    %r10
        jmpq    *%r10
        .globl  __morestack_non_split
__morestack_non_split:
        incl    twofold_probe_hops(%rip)
        popq    %r10
        incq    %r10
        jmpq    *%r10

        .bss
        .globl  twofold_probe_hops
        .type   twofold_probe_hops, @object
        .size   twofold_probe_hops, 4
        .p2align 2
twofold_probe_hops:
        .zero   4

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
