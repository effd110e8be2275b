/// Items by place; a place that is free again is used next.
///
/// In memory of its own and not an array of optionals, for the reason that `Ring` gives.
final class Shelf<Element> {
    // Unchecked: each access is over before any code of the user's can run.
    @exclusivity(unchecked) private var elements: UnsafeMutablePointer<Element>
    @exclusivity(unchecked) private var capacity = 4
    /// The free places: the first `freeCount` of these.
    @exclusivity(unchecked) private var places: UnsafeMutablePointer<UInt64>
    @exclusivity(unchecked) private var isFilled: UnsafeMutablePointer<Bool>
    @exclusivity(unchecked) private var freeCount = 4

    init() {
        elements = .allocate(capacity: 4)
        places = .allocate(capacity: 4)
        isFilled = .allocate(capacity: 4)
        isFilled.initialize(repeating: false, count: 4)
        for place in 0..<4 { places[place] = UInt64(place) }
    }

    deinit {
        for place in 0..<capacity where isFilled[place] { (elements + place).deinitialize(count: 1) }
        elements.deallocate()
        places.deallocate()
        isFilled.deallocate()
    }

    /// Its place.
    func put(_ element: Element) -> UInt64 {
        if freeCount == 0 { grow() }
        freeCount &-= 1
        let place = places[freeCount]
        // Safe: a free place lies in the allocation and holds nothing.
        (elements + Int(place)).initialize(to: element)
        isFilled[Int(place)] = true
        return place
    }

    /// What was put there and is still there.
    func take(_ place: UInt64) -> Element {
        free(place)
        // Safe: filled until now; nobody can put there before this has moved it out.
        return (elements + Int(place)).move()
    }

    func drop(_ place: UInt64) { _ = take(place) }

    private func free(_ place: UInt64) {
        require(place < capacity && isFilled[Int(place)], "nothing lies in this place")
        isFilled[Int(place)] = false
        places[freeCount] = place
        freeCount &+= 1
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        let flags = UnsafeMutablePointer<Bool>.allocate(capacity: capacity * 2)
        flags.initialize(repeating: false, count: capacity * 2)
        // Safe: no place is free, so each of the `capacity` holds an element.
        larger.moveInitialize(from: elements, count: capacity)
        for place in 0..<capacity { flags[place] = true }
        elements.deallocate()
        isFilled.deallocate()
        places.deallocate()
        places = .allocate(capacity: capacity * 2)
        for place in 0..<capacity { places[place] = UInt64(capacity + place) }
        (elements, isFilled) = (larger, flags)
        freeCount = capacity
        capacity *= 2
    }
}
