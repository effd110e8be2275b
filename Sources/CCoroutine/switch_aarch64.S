// The switch for AArch64, AAPCS64.
//
// A stack that does not run looks like this, from its saved pointer up (160 bytes):
//
//     sp ─►  x19 x20           callee-saved; x20 is Swift's self
//            x21 x22           callee-saved; Swift's error, Swift's async context
//            x23 x24 x25 x26 x27 x28
//            x29 x30           frame pointer, return address
//            d8 ... d15        the low halves are callee-saved
//            ...               the frames of whoever called cg_swap
//
// A fresh one has cg_start as its return address, the entry function in x19, its argument in x20, and x29 = 0.
// x18 is the platform's and never touched. The return address is not signed here.
#if defined(__aarch64__) && defined(__linux__)
    .text

    .globl cg_swap
    .hidden cg_swap
    .type cg_swap, %function
    .p2align 4
cg_swap:                            // x0: where to store this stack's pointer; x1: the other stack's pointer
    .cfi_startproc
    sub sp, sp, #160
    .cfi_def_cfa_offset 160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_offset x29, -80
    .cfi_offset x30, -72
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1                      // from here on we are the other stack, which stopped at the same place
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    mov x16, x30                    // x16: an indirect branch by it may land on any kind of landing pad
    br x16                          // not ret: its prediction would be the other stack's
    .cfi_endproc
    .size cg_swap, .-cg_swap

    .globl cg_start
    .hidden cg_start
    .type cg_start, %function
    .p2align 4
cg_start:                           // the root of every coroutine's stack
    .cfi_startproc
    .cfi_undefined x30              // unwinders and debuggers end here
    hint #36                        // bti j: reached by an indirect jump
    mov x0, x20
    blr x19
    brk #1                          // the entry function never returns
    .cfi_endproc
    .size cg_start, .-cg_start
#endif
#if defined(__linux__)
    .section .note.GNU-stack, "", %progbits
#endif
