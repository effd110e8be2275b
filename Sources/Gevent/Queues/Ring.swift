/// First in, first out: a ring that grows.
///
/// Not swift-collections' `Deque`: in code that is not specialised, as a library's generic class is, each of its calls
/// looks up its own and its results' metadata, which made an item cost ten times as much.
final class Ring<Element> {
    // Unchecked: each access is over before any code of the user's can run (elements move by their own witnesses, after
    // the ring's fields were read and written); the checks were half of what a queue's item costs.
    @exclusivity(unchecked) private var elements: UnsafeMutablePointer<Element>
    @exclusivity(unchecked) private var mask = 7
    @exclusivity(unchecked) private var head = 0
    @exclusivity(unchecked) private(set) var count = 0

    init() { elements = .allocate(capacity: 8) }

    deinit {
        removeAll()
        elements.deallocate()
    }

    // Inlined: what is not specialised is not, left to itself, and each call looks its element's type up anew.
    @inline(__always)
    func append(_ element: Element) {
        if count > mask { grow() }
        // Safe: a masked index lies in the allocation, and this place is free while `count <= mask`.
        (elements + ((head &+ count) & mask)).initialize(to: element)
        count &+= 1
    }

    /// Only while `count > 0`.
    var first: Element {
        require(count > 0, "nothing is in the ring")
        // Safe: the place at `head` is filled while there are elements.
        return elements[head]
    }

    /// Only while `count > 0`.
    @inline(__always)
    func removeFirst() -> Element {
        require(count > 0, "nothing is in the ring")
        let place = elements + head
        head = (head &+ 1) & mask
        count &-= 1
        // Safe: as above; it counts as free from here on.
        return place.move()
    }

    func removeAll() {
        // An element's deinit may come back here: each is out before it goes.
        while count > 0 { _ = removeFirst() }
    }

    @inline(never)
    private func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: (mask + 1) * 2)
        // Safe: the ring is full: from `head` to the end, then from the start to `head`; both fit into the larger one.
        larger.moveInitialize(from: elements + head, count: mask + 1 - head)
        (larger + (mask + 1 - head)).moveInitialize(from: elements, count: head)
        elements.deallocate()
        elements = larger
        head = 0
        mask = mask * 2 + 1
    }
}
