import Gevent

/// A queue beside what must be in it.
final class QueueModel {
    enum Kind: CaseIterable { case simple, queue, last, least }

    let kind: Kind
    let queue: SimpleQueue<Int>
    private(set) var items: [Int] = []
    private var unfinished = 0
    var isShutDown = false
    var getters = 0
    var putters = 0
    private static let size = 4

    init(_ kind: Kind) {
        self.kind = kind
        queue =
            switch kind {
            case .simple: SimpleQueue(maxSize: Self.size)
            case .queue: Queue(maxSize: Self.size)
            case .last: LIFOQueue(maxSize: Self.size)
            case .least: PriorityQueue(maxSize: Self.size)
            }
    }

    func didPut(_ item: Int) {
        items.append(item)
        unfinished += 1
    }

    /// Where the item must have been.
    func expected() -> Int? {
        switch kind {
        case .simple, .queue: items.isEmpty ? nil : 0
        case .last: items.isEmpty ? nil : items.count - 1
        case .least: items.indices.min { items[$0] < items[$1] }
        }
    }

    func didTake(_ item: Int, isDone: Bool, _ world: RandomWorld) {
        guard let place = expected() else { return world.check(false, "an item came from nowhere") }
        world.check(items[place] == item, "\(kind): \(item) came instead of \(items[place])")
        items.remove(at: place)
        world.tally.items += 1
        if isDone, let queue = queue as? Queue<Int> {
            queue.taskDone()
            unfinished -= 1
        }
    }

    func didDrop() {
        unfinished -= items.count
        items = []
    }

    func check(_ world: RandomWorld) {
        world.check(queue.count == items.count && items.count <= Self.size, "\(kind) has \(queue.count) items")
        if let queue = queue as? Queue<Int> {
            let tasks = queue.unfinishedTasks
            world.check(tasks == unfinished, "\(kind): \(tasks) tasks, not \(unfinished)")
        }
    }

    func checkQuiet(_ world: RandomWorld) {
        world.check(getters == 0 || queue.isEmpty, "\(kind): \(getters) wait for the items that are there")
        world.check(putters == 0 || queue.isFull, "\(kind): \(putters) wait for the room that is there")
    }
}

/// A channel beside what may come out of it.
final class ChannelModel {
    let channel = Channel<Int>()
    /// Offered and not taken, as far as is known.
    var outstanding: Set<Int> = []
    /// Those of them whose put has returned: they must be taken.
    var owed: Set<Int> = []
    var getters = 0
    var putters = 0

    func didTake(_ item: Int, _ world: RandomWorld) {
        world.check(outstanding.remove(item) != nil, "\(item) came from a channel twice, or from nowhere")
        owed.remove(item)
        world.tally.items += 1
    }

    func checkQuiet(_ world: RandomWorld) {
        world.check(getters == 0 || putters == 0, "\(getters) get from a channel, \(putters) put, nobody goes on")
        world.check(getters == 0 || channel.balance <= 0, "a channel's item is not given to who waits for one")
    }

    /// Takes what was given back when its getter was killed.
    func drain(_ world: RandomWorld) {
        while let item = try? channel.getNoWait() { didTake(item, world) }
        world.check(owed.isEmpty, "\(owed.count) items of a channel are lost")
        world.check(channel.balance == 0, "somebody still waits at the channel")
    }
}

extension RandomWorld {
    private func makeItem() -> Int {
        // Of any priority, and no two alike.
        pick(1_000) * 1_000_000_000 + tally.steps
    }

    func put(_ model: QueueModel) throws {
        let (item, start) = (makeItem(), Hub.current.clock.now)
        let limit = pick(3) == 0 ? nil : delay
        do {
            if pick(4) == 0 {
                let isFull = model.queue.isFull
                do { try model.queue.putNoWait(item) } catch is QueueFull {
                    return check(isFull, "a queue with room said that it is full")
                }
            } else {
                model.putters += 1
                defer { model.putters -= 1 }
                try model.queue.put(item, timeout: limit)
            }
            model.didPut(item)
        } catch is QueueFull {
            expire(limit, from: start, "a put")
        } catch is QueueShutDown {
            check(model.isShutDown, "a queue is not shut down")
        }
    }

    func get(_ model: QueueModel) throws {
        let start = Hub.current.clock.now
        let limit = pick(3) == 0 ? nil : delay
        do {
            let item: Int
            if pick(4) == 0 {
                let isEmpty = model.queue.isEmpty
                do {
                    if pick(4) == 0 {
                        let place = model.expected()
                        check(try model.queue.peekNoWait() == place.map { model.items[$0] }, "a wrong peek")
                        return
                    }
                    item = try model.queue.getNoWait()
                } catch is QueueEmpty {
                    return check(isEmpty, "a queue with items said that it is empty")
                }
            } else {
                model.getters += 1
                defer { model.getters -= 1 }
                item = try model.queue.get(timeout: limit)
            }
            model.didTake(item, isDone: pick(2) == 0, self)
        } catch is QueueEmpty {
            expire(limit, from: start, "a get")
        } catch is QueueShutDown {
            check(model.isShutDown, "a queue is not shut down")
        }
    }

    /// Closes a queue and puts a new one in its place. What is left is looked at.
    func shutDownQueue(_ i: Int) {
        let model = queues[i]
        // A SimpleQueue cannot be: who waits at it is served by the driver.
        guard let queue = model.queue as? Queue<Int> else {
            if isFinishing { serveUntilNobodyWaits(model) }
            return
        }
        tally.closed += 1
        model.isShutDown = true
        let isImmediate = pick(2) == 0
        queue.shutDown(immediately: isImmediate)
        if isImmediate { model.didDrop() }
        model.check(self)
        while let item = try? queue.getNoWait() { model.didTake(item, isDone: true, self) }
        check(queue.isEmpty && model.items.isEmpty, "a queue that was shut down gave not all")
        if !isFinishing { queues[i] = QueueModel(model.kind) }
    }

    private func serveUntilNobodyWaits(_ model: QueueModel) {
        Gevent.spawn { [unowned self] in
            for _ in 0..<100_000 where alive > 0 {
                while model.putters > 0, let item = try? model.queue.getNoWait() {
                    model.didTake(item, isDone: false, self)
                }
                while model.getters > 0, model.queue.isEmpty {
                    let item = makeItem()
                    try model.queue.putNoWait(item)
                    model.didPut(item)
                }
                try sleep(for: .milliseconds(1))
            }
        }
    }

    func putIntoChannel() throws {
        let (item, start, limit) = (makeItem(), Hub.current.clock.now, delay)
        let model = channel
        model.outstanding.insert(item)
        do {
            if pick(3) == 0 {
                do { try model.channel.putNoWait(item) } catch is QueueFull {
                    check(model.outstanding.remove(item) != nil, "a refused item was taken")
                    return
                }
            } else {
                model.putters += 1
                defer { model.putters -= 1 }
                try model.channel.put(item, timeout: limit)
            }
            if model.outstanding.contains(item) { model.owed.insert(item) }
        } catch is QueueFull {
            check(model.outstanding.remove(item) != nil, "an item that timed out was taken")
            expire(limit, from: start, "a channel's put")
        }
    }

    func getFromChannel() throws {
        let (start, limit, model) = (Hub.current.clock.now, delay, channel)
        do {
            let item: Int
            if pick(3) == 0 {
                do { item = try model.channel.getNoWait() } catch is QueueEmpty { return }
            } else {
                model.getters += 1
                defer { model.getters -= 1 }
                item = try model.channel.get(timeout: limit)
            }
            model.didTake(item, self)
        } catch is QueueEmpty {
            expire(limit, from: start, "a channel's get")
        }
    }
}
