import CLibEV

/// `accept4(2)`: a connection's descriptor, non-blocking and close-on-exec from the start; -1 and `errno` where there
/// is none.
///
/// - Parameters:
///   - address: Room for a `sockaddr_storage`, which gets the peer's address.
///   - length: The size of that room; becomes the size of the address.
package func acceptDescriptor(_ listener: Int32, _ address: UnsafeMutableRawPointer, _ length: inout UInt32) -> Int32 {
    // Safe: any sockaddr may be written into a sockaddr_storage, and `length` tells its size.
    cev_accept(listener, address.assumingMemoryBound(to: sockaddr.self), &length)
}
