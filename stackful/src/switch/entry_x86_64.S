// The first frame of every fiber, for x86-64 System V.
//
//     twofold_fiber_entry        entered by the switch: rbx = Fiber*, r12 = Entry; rsp aligned to 16
//     twofold_fiber_body(f, e)   the same as a function that does not return (for Boost.Context)
//
// It calls the entry, catches whatever comes out of it, and finishes the fiber. It is written by hand, and not as a
// C++ try block, because a function compiled for segmented stacks that calls into the exception
// runtime is moved to a large segment for its whole life, and this one lives as long as the fiber.
// Unwinders stop here: the return address is undefined.

        .text
        .globl  twofold_fiber_body
        .hidden twofold_fiber_body
        .type   twofold_fiber_body, @function
twofold_fiber_body:
        .cfi_startproc
        .cfi_undefined rip
        movq    %rdi, %rbx
        movq    %rsi, %r12
        andq    $-16, %rsp
        jmp     twofold_fiber_entry
        .cfi_endproc
        .size   twofold_fiber_body, .-twofold_fiber_body

        .globl  twofold_fiber_entry
        .hidden twofold_fiber_entry
        .type   twofold_fiber_entry, @function
twofold_fiber_entry:
        .cfi_startproc
        .cfi_personality 0x9b, DW.ref.__gxx_personality_v0
        .cfi_lsda 0x1b, .Lentry_lsda
        .cfi_undefined rip
        xorl    %ebp, %ebp                      // frame-pointer unwinders stop here too
        movq    %rbx, %rdi
.Lcall_begin:
        call    *%r12
.Lcall_end:
        movq    %rbx, %rdi
        call    twofold_fiber_finish            // does not return
        ud2
.Lcaught:                                       // rax: the exception
        movq    %rbx, %rdi
        movq    %rax, %rsi
        call    twofold_fiber_caught            // keeps the exception
        movq    %rbx, %rdi
        call    twofold_fiber_finish
        ud2
        .cfi_endproc
        .size   twofold_fiber_entry, .-twofold_fiber_entry

        .section .gcc_except_table, "a", @progbits
        .align  4
.Lentry_lsda:
        .byte   0xff                            // landing pads are relative to the function
        .byte   0x9b                            // type table: indirect, pc-relative, 4 bytes
        .uleb128 .Ltypes_end - .Ltypes_base
.Ltypes_base:
        .byte   0x01                            // call sites in uleb128
        .uleb128 .Lsites_end - .Lsites_begin
.Lsites_begin:
        .uleb128 .Lcall_begin - twofold_fiber_entry
        .uleb128 .Lcall_end - .Lcall_begin
        .uleb128 .Lcaught - twofold_fiber_entry
        .uleb128 1                              // the first action
.Lsites_end:
        .byte   1                               // action: type 1,
        .byte   0                               // no further action
        .align  4
        .long   0                               // type 1: null, that is catch (...)
.Ltypes_end:

        .hidden DW.ref.__gxx_personality_v0
        .weak   DW.ref.__gxx_personality_v0
        .section .data.rel.local.DW.ref.__gxx_personality_v0, "awG", @progbits, DW.ref.__gxx_personality_v0, comdat
        .align  8
        .type   DW.ref.__gxx_personality_v0, @object
        .size   DW.ref.__gxx_personality_v0, 8
DW.ref.__gxx_personality_v0:
        .quad   __gxx_personality_v0

        .section .note.GNU-split-stack, "", @progbits
        .section .note.GNU-stack, "", @progbits
