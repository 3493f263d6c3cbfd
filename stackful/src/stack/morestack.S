// __morestack and its kin, for x86-64: what functions compiled with -fsplit-stack call when the stack
// that is left is too small, and what thunks of foreign functions call. They stand in for libgcc's.
//
//     __morestack                 the next larger segment
//     __morestack_non_split       the linker sends functions here that call code which does not check
//     __morestack_foreign         a segment for code that does not check
//     __morestack_allocate_stack_space(bytes)    alloca that does not fit
//
// ABI of the first three (gcc, config/i386): r10 = bytes of frame wanted, r11 = bytes of arguments on the stack
// (__morestack_foreign: at most); the return address points at a one-byte `ret`, the body begins
// one byte further. All argument registers, al among them, survive the way in; rax, rdx, xmm0, xmm1 the
// way out.
//
// Stack on entry:                      and after the prologue (on the old segment, in its margin):
//     rsp +  0  return to `ret; body`       rbp +  8
//     rsp +  8  return to the caller        rbp + 16
//     rsp + 16  arguments                   rbp + 24
//                                           rbp -  8   limit of the old segment
//                                           rbp - 16   the new Segment
//                                           rbp - 24.. saved rax, rdx, rcx, rsi
//
// Fast path: a segment of the class stands in this thread's list (segment_pool.hpp), last in, first out: a call
// that is repeated at a boundary takes the same one each time. Everything else is decided by
// twofold_segment_grow and twofold_segment_release (segment_growth.cpp), which run on the worker's own stack: it
// is parked while fibers run, and large, where a segment's margin is neither. A fiber may come back
// on another thread: thread-locals are found anew after the body.
//
// Unwinding. The function that called has no frame yet and its call-site table does not cover that call, so a
// personality would take it for an exception out of nowhere. The CFA is therefore one word higher:
// the return address that an unwinder finds is that of the function's caller, as if the function were not
// there (its body has a frame of its own, further in). The frame's personality leaves the segment as an
// exception passes. gdb knows frames of functions by the name __morestack.
//
// Both notes, as libgcc's has: gold takes calls of an object without the first for calls of foreign code, and moves each
// function that calls __morestack; the second says that the functions here have no prologue to rewrite.

        .equ    LIMIT, 0x70                     // %fs:0x70, __private_ss of the thread control block
        .equ    SEGMENT_NEXT, 0
        .equ    SEGMENT_LIMIT, 8
        .equ    SEGMENT_PREVIOUS, 16
        .equ    SEGMENT_CLASS, 24
        .equ    SEGMENT_ATTEND, 28
        .equ    CLASS_MASK, 63
        .equ    HUGE_CLASS, 10
        .equ    LARGEST_CLASS, 20
        .equ    FOREIGN_CLASS, 21
        .equ    LIST_SHIFT, 5                   // sizeof(FreeList) = 32
        .equ    LIST_ROOM, 8
        .equ    LIST_TAKEN, 16
        .equ    FOREIGN_ROOM, 0x20000           // what code that does not check gets at least
        .equ    FOREIGN_FITS, 0x20000           // a frame that leaves it half of a foreign segment

        .macro  OPEN_FRAME
        .cfi_personality 0x1b, twofold_segment_personality
        .cfi_def_cfa_offset 16
        pushq   %rbp
        .cfi_def_cfa_offset 24
        .cfi_offset rbp, -24
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        subq    $48, %rsp
        movq    %rax, -24(%rbp)
        movq    %rdx, -32(%rbp)
        movq    %rcx, -40(%rbp)
        movq    %rsi, -48(%rbp)
        movq    %fs:LIMIT, %rcx
        movq    %rcx, -8(%rbp)
        .endm

        // To the worker's own stack, where it was parked.
        .macro  GO_HOME scratch
        movq    twofold_fiber_thread@gottpoff(%rip), \scratch
        movq    %fs:(\scratch), %rsp
        andq    $-16, %rsp
        movq    $0, %fs:LIMIT
        .endm

        .text
        .globl  __morestack
        .hidden __morestack
        .type   __morestack, @function
        .p2align 5
__morestack:
        .cfi_startproc
        OPEN_FRAME
        movl    %ecx, %eax
        andl    $CLASS_MASK, %eax
        incl    %eax
        cmpl    twofold_fast_class(%rip), %eax
        ja      .Lgrow_slowly
        shll    $LIST_SHIFT, %eax
        movq    twofold_free_segments@gottpoff(%rip), %rdx
        addq    %rax, %rdx
        movq    %fs:(%rdx), %rsi
        testq   %rsi, %rsi
        jz      .Lgrow_slowly
        movq    %rsi, %rax                      // does it fit?
        subq    %r10, %rax
        subq    %r11, %rax
        cmpq    SEGMENT_LIMIT(%rsi), %rax
        jb      .Lgrow_slowly
.Ltake:
        movq    SEGMENT_NEXT(%rsi), %rax
        movq    %rax, %fs:(%rdx)
        incl    %fs:LIST_ROOM(%rdx)
        incq    %fs:LIST_TAKEN(%rdx)
        movq    %rcx, SEGMENT_PREVIOUS(%rsi)

.Lhave_segment:                                 // rsi: the new Segment, from whose address frames grow down
        movq    %rsi, -16(%rbp)
        movq    SEGMENT_LIMIT(%rsi), %rax
        movq    %rax, %fs:LIMIT
        movq    %rsi, %rsp
        testq   %r11, %r11
        jnz     .Lcopy_arguments
.Larguments_copied:
        movq    8(%rbp), %r10
        incq    %r10                            // past the `ret`
        movq    -24(%rbp), %rax
        movq    -32(%rbp), %rdx
        movq    -40(%rbp), %rcx
        movq    -48(%rbp), %rsi
        call    *%r10

        movq    -8(%rbp), %rcx                  // the old limit
        movq    -16(%rbp), %rsi                 // the segment to give back
        movl    SEGMENT_CLASS(%rsi), %edi
        cmpl    $0, SEGMENT_ATTEND(%rsi)
        jne     .Lattend
.Lgive:
        movq    twofold_free_segments@gottpoff(%rip), %r8
        shll    $LIST_SHIFT, %edi
        addq    %rdi, %r8
        cmpl    $0, %fs:LIST_ROOM(%r8)
        jle     .Lrelease_slowly
        decl    %fs:LIST_ROOM(%r8)
        movq    %fs:(%r8), %r9
        movq    %r9, SEGMENT_NEXT(%rsi)
        movq    %rsi, %fs:(%r8)
.Lgiven:
        movq    %rcx, %fs:LIMIT
        leave
        .cfi_remember_state
        .cfi_def_cfa rsp, 16
        .cfi_restore rbp
        ret                                     // to the `ret`: calls and returns stay balanced
        .cfi_restore_state

.Lcopy_arguments:                               // r11 bytes from rbp + 24 to the top of the new segment
        leaq    15(%r11), %rax
        andq    $-16, %rax
        subq    %rax, %rsp
        xorl    %eax, %eax
.Lcopy_word:
        movq    24(%rbp,%rax), %rdx
        movq    %rdx, (%rsp,%rax)
        addq    $8, %rax
        cmpq    %r11, %rax
        jb      .Lcopy_word
        jmp     .Larguments_copied

.Lattend:                                       // huge, or with alloca blocks
        cmpl    $HUGE_CLASS, %edi
        jb      .Lrelease_slowly
        cmpl    $LARGEST_CLASS, %edi
        jae     .Lrelease_slowly
        cmpl    $1, SEGMENT_ATTEND(%rsi)
        jne     .Lrelease_slowly
        movq    twofold_free_segments@gottpoff(%rip), %r8
        movl    %edi, %r9d
        incl    %r9d
        shll    $LIST_SHIFT, %r9d
        addq    %r9, %r8
        cmpq    $0, %fs:(%r8)                   // the larger one before it is to go
        je      .Lgive
.Lrelease_slowly:                               // rsi: the Segment; rax, rdx, xmm0, xmm1 are results
        GO_HOME %rdi
        movq    %rax, -24(%rbp)
        movq    %rdx, -32(%rbp)
        subq    $32, %rsp
        movups  %xmm0, (%rsp)
        movups  %xmm1, 16(%rsp)
        movq    %rsi, %rdi
        call    twofold_segment_release
        movups  (%rsp), %xmm0
        movups  16(%rsp), %xmm1
        movq    -24(%rbp), %rax
        movq    -32(%rbp), %rdx
        movq    -8(%rbp), %rcx
        jmp     .Lgiven

.Lgrow_slowly:
        xorl    %edx, %edx
.Lask:                                          // rcx: the old limit; edx: for foreign code
        GO_HOME %rax
        subq    $160, %rsp
        movq    %rdi, (%rsp)
        movq    %r8, 8(%rsp)
        movq    %r9, 16(%rsp)
        movq    %r11, 24(%rsp)
        movups  %xmm0, 32(%rsp)
        movups  %xmm1, 48(%rsp)
        movups  %xmm2, 64(%rsp)
        movups  %xmm3, 80(%rsp)
        movups  %xmm4, 96(%rsp)
        movups  %xmm5, 112(%rsp)
        movups  %xmm6, 128(%rsp)
        movups  %xmm7, 144(%rsp)
        leaq    (%r10,%r11), %rdi
        movq    %rcx, %rsi
        call    twofold_segment_grow
        movq    %rax, %rsi
        movups  32(%rsp), %xmm0
        movups  48(%rsp), %xmm1
        movups  64(%rsp), %xmm2
        movups  80(%rsp), %xmm3
        movups  96(%rsp), %xmm4
        movups  112(%rsp), %xmm5
        movups  128(%rsp), %xmm6
        movups  144(%rsp), %xmm7
        movq    (%rsp), %rdi
        movq    8(%rsp), %r8
        movq    16(%rsp), %r9
        movq    24(%rsp), %r11
        jmp     .Lhave_segment
        .cfi_endproc
        .size   __morestack, .-__morestack

        .globl  __morestack_foreign
        .hidden __morestack_foreign
        .type   __morestack_foreign, @function
        .p2align 5
__morestack_foreign:
        .cfi_startproc
        OPEN_FRAME
        testq   %r11, %r11
        jnz     .Lclip_arguments
.Lclipped:
        cmpq    $FOREIGN_FITS, %r10
        ja      .Lforeign_slowly
        movq    twofold_free_segments@gottpoff(%rip), %rdx
        addq    $FOREIGN_CLASS << LIST_SHIFT, %rdx
        movq    %fs:(%rdx), %rsi
        testq   %rsi, %rsi
        jnz     .Ltake
.Lforeign_slowly:
        movl    $1, %edx
        jmp     .Lask
.Lclip_arguments:                               // a thunk does not know how many there are: not beyond this segment
        movl    %ecx, %eax
        andl    $CLASS_MASK, %eax
        leaq    twofold_usable_bytes(%rip), %rdx
        movq    (%rdx,%rax,8), %rdx
        movq    %rcx, %rax
        andq    $-64, %rax
        addq    %rdx, %rax                      // its header
        leaq    24(%rbp), %rdx
        subq    %rdx, %rax
        cmpq    %rax, %r11
        cmovaq  %rax, %r11
        jmp     .Lclipped
        .cfi_endproc
        .size   __morestack_foreign, .-__morestack_foreign

        .globl  __morestack_non_split
        .hidden __morestack_non_split
        .type   __morestack_non_split, @function
        .p2align 5
__morestack_non_split:
        .cfi_startproc
        .cfi_def_cfa_offset 16
        pushq   %rbp
        .cfi_def_cfa_offset 24
        .cfi_offset rbp, -24
        leaq    -FOREIGN_ROOM(%rsp), %rbp
        subq    %r10, %rbp
        cmpq    %fs:LIMIT, %rbp
        jb      1f
        testq   %r11, %r11
        jnz     2f
        // Room enough: the body runs here, by a call, so that calls and returns stay balanced.
        movq    %rsp, %rbp
        .cfi_remember_state
        .cfi_def_cfa_register rbp
        subq    $8, %rsp
        movq    8(%rbp), %r10
        incq    %r10
        call    *%r10
        leave
        .cfi_def_cfa rsp, 16
        .cfi_restore rbp
        ret
        .cfi_restore_state
1:      .cfi_remember_state
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        jmp     __morestack_foreign
        .cfi_restore_state
2:      popq    %rbp                            // its arguments are where they are: it must run in its place
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        popq    %r10
        .cfi_adjust_cfa_offset -8
        incq    %r10
        // The body of one that calls va_start begins by `leaq 24(%rbp), %r11`, where its arguments are after a
        // hop; rbp is the caller's here, and they are above the return address.
        cmpl    $0x185d8d4c, (%r10)
        jne     3f
        leaq    8(%rsp), %r11
        addq    $4, %r10
3:      jmp     *%r10
        .cfi_endproc
        .size   __morestack_non_split, .-__morestack_non_split

// void* __morestack_allocate_stack_space(size_t bytes)
        .globl  __morestack_allocate_stack_space
        .hidden __morestack_allocate_stack_space
        .type   __morestack_allocate_stack_space, @function
        .p2align 4
__morestack_allocate_stack_space:
        .cfi_startproc
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        pushq   %fs:LIMIT
        movq    -8(%rbp), %rsi
        movq    %rbp, %rdx
        GO_HOME %rax
        call    twofold_segment_alloca
        movq    -8(%rbp), %rcx
        movq    %rcx, %fs:LIMIT
        leave
        .cfi_def_cfa rsp, 8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   __morestack_allocate_stack_space, .-__morestack_allocate_stack_space

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-no-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
