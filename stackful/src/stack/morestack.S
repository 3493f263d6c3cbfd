// __morestack and its kin, for x86-64: what functions compiled with -fsplit-stack call when the stack
// that is left is too small. They stand in for libgcc's.
//
// ABI of the call (gcc, config/i386): r10 = bytes of frame wanted, r11 = bytes of arguments on the stack; the return
// address points at a one-byte `ret`, the function's body begins one byte further. All argument
// registers, al among them, must survive the way in; rax, rdx, xmm0, xmm1 the way out.
//
// Stack on entry:                      and after the prologue (on the old segment, in its margin):
//     rsp +  0  return to `ret; body`       rbp +  8
//     rsp +  8  return to the caller        rbp + 16
//     rsp + 16  arguments                   rbp + 24
//                                           rbp -  8   limit of the old segment
//                                           rbp - 16   the new Segment
//                                           rbp - 24.. saved rax, rdx, rcx, rsi, rdi
//
// The C++ functions called from here have names that begin with __morestack: this object carries the split-stack note,
// and the linker would want to rewrite the prologue before a call of any other.
//
// Fast path: the next larger segment stands in this thread's pool. Everything else is decided by
// __morestack_grow, on the worker's own stack, where it may call what it likes.
//
// Unwinding. The function that called has no frame yet and its call-site table does not cover that call, so a
// personality would take it for an exception out of nowhere. The CFA is therefore one word higher:
// the return address that an unwinder finds is that of the function's caller, as if the function
// were not there. When an exception passes, the landing pad gives the segment back. It stays on that segment
// until _Unwind_Resume has left it: the old one may have next to no room, and nobody can take the
// segment from the pool before user code runs again, which is after the unwinder has gone.

        .equ    LIMIT, 0x70                     // %fs:0x70, __private_ss of the thread control block
        .equ    SEGMENT_NEXT, 0
        .equ    SEGMENT_LIMIT, 8
        .equ    SEGMENT_PREVIOUS, 16
        .equ    SEGMENT_ALLOCA, 24
        .equ    CLASS_MASK, 63
        .equ    POOLED_CLASSES, 6
        .equ    FOREIGN_CLASS, 5
        .equ    FITS_ANY_CLASS, 3072            // bytes that fit every class but the first
        .equ    FITS_FOREIGN, 0x1c000           // bytes that fit the class for foreign code
        .equ    FOREIGN_ROOM, 0x4000            // room that foreign code gets at least
        .equ    FOREIGN_FRAME, 0x10000          // room that it gets on a segment of its own

        .text
        .globl  __morestack
        .hidden __morestack
        .type   __morestack, @function
        .p2align 5
__morestack:
        .cfi_startproc
        .cfi_personality 0x9b, DW.ref.__gcc_personality_v0
        .cfi_lsda 0x1b, .Lmorestack_lsda
        .cfi_def_cfa_offset 16
        pushq   %rbp
        .cfi_def_cfa_offset 24
        .cfi_offset rbp, -24
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        subq    $56, %rsp
        movq    %rax, -24(%rbp)
        movq    %rdx, -32(%rbp)
        movq    %rcx, -40(%rbp)
        movq    %rsi, -48(%rbp)
        movq    %rdi, -56(%rbp)

        // Which class: the next one; where much is asked for, at least the one for foreign code.
        movq    %fs:LIMIT, %rcx
        movq    %rcx, -8(%rbp)
        movl    %ecx, %eax
        andl    $CLASS_MASK, %eax
        incl    %eax
        leaq    (%r10,%r11), %rdx
        cmpq    $FITS_ANY_CLASS, %rdx
        jbe     .Lclass_known
        cmpq    $FITS_FOREIGN, %rdx
        ja      .Lslow
        cmpl    $FOREIGN_CLASS, %eax
        jae     .Lclass_known
        movl    $FOREIGN_CLASS, %eax
.Lclass_known:
        cmpl    $POOLED_CLASSES, %eax
        ja      .Lslow

        // Pop a segment of that class.
        movq    twofold_segment_pool@gottpoff(%rip), %rdx
        movq    %fs:(%rdx,%rax,8), %rsi
        testq   %rsi, %rsi
        jz      .Lslow
        movq    SEGMENT_NEXT(%rsi), %rdi
        movq    %rdi, %fs:(%rdx,%rax,8)
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
        movq    -56(%rbp), %rdi
.Lbody_begin:
        call    *%r10
.Lbody_end:
        // Push the segment back, unless there is more to do.
        movq    -8(%rbp), %rcx
        movq    -16(%rbp), %rsi
        movl    SEGMENT_LIMIT(%rsi), %edi
        andl    $CLASS_MASK, %edi
        cmpl    $POOLED_CLASSES, %edi
        ja      .Lrelease_slow
        cmpq    $0, SEGMENT_ALLOCA(%rsi)
        jne     .Lrelease_slow
        movq    twofold_segment_pool@gottpoff(%rip), %r8
        movq    %fs:(%r8,%rdi,8), %r9
        movq    %r9, SEGMENT_NEXT(%rsi)
        movq    %rsi, %fs:(%r8,%rdi,8)
.Lreleased:
        movq    %rcx, %fs:LIMIT
        movq    %rbp, %rsp
        popq    %rbp
        .cfi_remember_state
        .cfi_def_cfa rsp, 16
        .cfi_restore rbp
        ret                                     // to the `ret`
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

.Lslow:                                         // no pooled segment fits: ask __morestack_grow
        subq    $168, %rsp
        movq    %r8, (%rsp)
        movq    %r9, 8(%rsp)
        movq    %r11, 16(%rsp)
        movups  %xmm0, 32(%rsp)
        movups  %xmm1, 48(%rsp)
        movups  %xmm2, 64(%rsp)
        movups  %xmm3, 80(%rsp)
        movups  %xmm4, 96(%rsp)
        movups  %xmm5, 112(%rsp)
        movups  %xmm6, 128(%rsp)
        movups  %xmm7, 144(%rsp)
        movq    %rsp, 24(%rsp)
        leaq    (%r10,%r11), %rdi               // bytes wanted
        movq    -8(%rbp), %rsi                  // the old limit
        movq    %rsp, %r8
        movq    twofold_home_fiber@gottpoff(%rip), %rdx
        movq    %fs:(%rdx), %rdx                // the worker's own stack: it is parked there
        leaq    -128(%rdx), %rsp
        andq    $-16, %rsp
        pushq   %r8
        pushq   %r8
        movq    $0, %fs:LIMIT
        call    __morestack_grow
        popq    %rsp
        movq    %rax, %rsi
        movups  32(%rsp), %xmm0
        movups  48(%rsp), %xmm1
        movups  64(%rsp), %xmm2
        movups  80(%rsp), %xmm3
        movups  96(%rsp), %xmm4
        movups  112(%rsp), %xmm5
        movups  128(%rsp), %xmm6
        movups  144(%rsp), %xmm7
        movq    (%rsp), %r8
        movq    8(%rsp), %r9
        movq    16(%rsp), %r11
        jmp     .Lhave_segment

.Lrelease_slow:                                 // rsi: the Segment; keep rax, rdx, xmm0, xmm1, rcx
        movq    %rax, -24(%rbp)
        movq    %rdx, -32(%rbp)
        leaq    -88(%rbp), %rsp
        movups  %xmm0, (%rsp)
        movups  %xmm1, 16(%rsp)
        movq    %rsi, %rdi
        movq    %rsp, %r8
        movq    twofold_home_fiber@gottpoff(%rip), %rdx
        movq    %fs:(%rdx), %rdx
        leaq    -128(%rdx), %rsp
        andq    $-16, %rsp
        pushq   %r8
        pushq   %r8
        movq    $0, %fs:LIMIT
        call    __morestack_release
        popq    %rsp
        movups  (%rsp), %xmm0
        movups  16(%rsp), %xmm1
        movq    -24(%rbp), %rax
        movq    -32(%rbp), %rdx
        movq    -8(%rbp), %rcx
        jmp     .Lreleased

.Lcleanup:                                      // an exception passes; rax: the exception
        movq    %rax, -24(%rbp)
        movq    -16(%rbp), %rdi
        call    __morestack_release_unwound
        movq    -8(%rbp), %rcx
        movq    %rcx, %fs:LIMIT
        movq    -24(%rbp), %rdi
        call    *.Lunwind_resume(%rip)          // never its thunk: that would come here again
        ud2
        .cfi_endproc
        .size   __morestack, .-__morestack

        .section .gcc_except_table, "a", @progbits
        .align  4
.Lmorestack_lsda:
        .byte   0xff                            // landing pads are relative to the function
        .byte   0xff                            // no type table: a clean-up only
        .byte   0x01                            // call sites in uleb128
        .uleb128 .Lmorestack_sites_end - .Lmorestack_sites
.Lmorestack_sites:
        .uleb128 .Lbody_begin - __morestack
        .uleb128 .Lbody_end - .Lbody_begin
        .uleb128 .Lcleanup - __morestack
        .uleb128 0
.Lmorestack_sites_end:

        .section .data.rel.ro, "aw", @progbits
        .align  8
.Lunwind_resume:
        .quad   __real__Unwind_Resume

        .hidden DW.ref.__gcc_personality_v0
        .weak   DW.ref.__gcc_personality_v0
        .section .data.rel.local.DW.ref.__gcc_personality_v0, "awG", @progbits, DW.ref.__gcc_personality_v0, comdat
        .align  8
        .type   DW.ref.__gcc_personality_v0, @object
        .size   DW.ref.__gcc_personality_v0, 8
DW.ref.__gcc_personality_v0:
        .quad   __gcc_personality_v0

// The linker has functions that call code which does not check come here instead. Room enough: the body
// runs where it is. Else it gets a segment for the purpose.
        .text
        .globl  __morestack_non_split
        .hidden __morestack_non_split
        .type   __morestack_non_split, @function
        .p2align 5
__morestack_non_split:
        .cfi_startproc
        pushq   %r10
        .cfi_def_cfa_offset 16
        negq    %r10
        leaq    -FOREIGN_ROOM(%rsp,%r10), %r10
        cmpq    %fs:LIMIT, %r10
        popq    %r10
        .cfi_def_cfa_offset 8
        jb      1f
        popq    %r10
        .cfi_def_cfa_offset 0
        incq    %r10
        jmp     *%r10
1:
        .cfi_def_cfa_offset 8
        addq    $FOREIGN_FRAME, %r10
        jmp     __morestack
        .cfi_endproc
        .size   __morestack_non_split, .-__morestack_non_split

// void twofold_call_on_big_stack(void (*run)(void*), void* argument): the hop by hand.
        .globl  twofold_call_on_big_stack
        .hidden twofold_call_on_big_stack
        .type   twofold_call_on_big_stack, @function
        .p2align 5
twofold_call_on_big_stack:
        .cfi_startproc
        movl    $FITS_FOREIGN - 4096, %r10d
        xorl    %r11d, %r11d
        call    __morestack
        ret
        movq    %rdi, %rax                      // the body: runs on the new segment
        movq    %rsi, %rdi
        jmp     *%rax
        .cfi_endproc
        .size   twofold_call_on_big_stack, .-twofold_call_on_big_stack

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
