/// Gives the smallest free non-negative number. gevent's `minimal_ident`.
struct IdentifierPool {
    /// A heap of numbers that were given back.
    private var free: [Int] = []
    private var next = 0

    mutating func take() -> Int {
        guard let least = free.first else {
            next += 1
            return next - 1
        }
        let last = free.removeLast()
        if !free.isEmpty {
            free[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < free.count && free[child] < free[least] {
                    least = child
                }
                if least == parent { break }
                free.swapAt(parent, least)
                parent = least
            }
        }
        return least
    }

    mutating func put(_ identifier: Int) {
        free.append(identifier)
        var child = free.count - 1
        while child > 0, free[(child - 1) / 2] > free[child] {
            free.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
