// What C cannot say: the callee-saved registers' contents around a call, and the stack pointer at a function's entry.
//
//   uint64_t check_registers(void (*function)(void *), void *argument, uint64_t seed)
//       fills every callee-saved register with a number of its own, calls function(argument) and tells how many
//       registers came back changed
//   void check_entry(void *argument)
//       notes the stack pointer modulo 16, in `entry_alignment`, then goes on as coroutine_main(argument)

    .text

#if defined(__x86_64__)

    .globl check_registers
    .type check_registers, @function
check_registers:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdx                      // the seed; and the stack is 16-byte aligned again
    leaq 1(%rdx), %rbx
    leaq 2(%rdx), %rbp
    leaq 3(%rdx), %r12
    leaq 4(%rdx), %r13
    leaq 5(%rdx), %r14
    leaq 6(%rdx), %r15
    movq %rdi, %rax
    movq %rsi, %rdi
    callq *%rax
    popq %rdx
    xorl %eax, %eax
    .macro compare register, number
    leaq \number(%rdx), %rcx
    cmpq %rcx, %\register
    setne %cl
    movzbl %cl, %ecx
    addq %rcx, %rax
    .endm
    compare rbx, 1
    compare rbp, 2
    compare r12, 3
    compare r13, 4
    compare r14, 5
    compare r15, 6
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    retq
    .size check_registers, .-check_registers

    .globl check_entry
    .type check_entry, @function
check_entry:
    leaq 8(%rsp), %rax              // as it was before the call pushed the return address
    andl $15, %eax
    orl %eax, entry_alignment(%rip)
    jmp coroutine_main
    .size check_entry, .-check_entry

#elif defined(__aarch64__)

    .globl check_registers
    .type check_registers, %function
check_registers:
    sub sp, sp, #176
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    str x2, [sp, #160]
    .irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    add x\n, x2, #\n
    .endr
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    add x9, x2, #(100 + \n)
    fmov d\n, x9
    .endr
    mov x9, x0
    mov x0, x1
    blr x9
    ldr x2, [sp, #160]
    mov x0, #0
    .irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    add x9, x2, #\n
    cmp x9, x\n
    cinc x0, x0, ne
    .endr
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    add x9, x2, #(100 + \n)
    fmov x10, d\n
    cmp x9, x10
    cinc x0, x0, ne
    .endr
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
    add sp, sp, #176
    ret
    .size check_registers, .-check_registers

    .globl check_entry
    .type check_entry, %function
check_entry:
    mov x9, sp
    and w9, w9, #15
    adrp x10, entry_alignment
    add x10, x10, :lo12:entry_alignment
    ldr w11, [x10]
    orr w11, w11, w9
    str w11, [x10]
    b coroutine_main
    .size check_entry, .-check_entry

#endif

    .section .note.GNU-stack, "", %progbits
