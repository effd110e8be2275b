/// The encoding of internationalised labels, RFC 3492. Only what it takes to tell whether an A-label is one: what
/// characters a label may have is the registry's rule.
enum Punycode {
    private static let base = 36
    private static let smallest = 1
    private static let largest = 26

    /// Does a label start with `xn--`?
    static func isMarked(_ label: Substring.UTF8View) -> Bool {
        label.count >= 4 && label.prefix(2).map { $0 | 0x20 } == [0x78, 0x6E]
            && label.dropFirst(2).prefix(2).allSatisfy { $0 == UInt8(ascii: "-") }
    }

    /// What the part behind `xn--` stands for; nil where it is no Punycode.
    static func decode(_ text: Substring.UTF8View) -> [Unicode.Scalar]? {
        var scalars: [Unicode.Scalar] = []
        var rest = text
        if let delimiter = text.lastIndex(of: UInt8(ascii: "-")) {
            scalars = text[..<delimiter].map { Unicode.Scalar(0x41...0x5A ~= $0 ? $0 | 0x20 : $0) }
            rest = text[text.index(after: delimiter)...]
        }
        var code = 128
        var place = 0
        var bias = 72
        while !rest.isEmpty {
            let start = place
            var weight = 1
            var step = base
            while true {
                guard let byte = rest.popFirst(), let digit = digit(of: byte) else { return nil }
                place += digit * weight
                let threshold = min(max(step - bias, smallest), largest)
                if digit < threshold { break }
                weight *= base - threshold
                // No label of 63 characters comes near; what does would overflow.
                guard weight < 1 << 40, place < 1 << 40 else { return nil }
                step += base
            }
            let count = scalars.count + 1
            bias = adapted(place - start, count, isFirst: start == 0)
            code += place / count
            place %= count
            guard code <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
            scalars.insert(scalar, at: place)
            place += 1
        }
        return scalars
    }

    /// The part behind `xn--` for a label; nil where there is none.
    static func encode(_ label: [Unicode.Scalar]) -> [UInt8]? {
        var output = label.filter { $0.value < 0x80 }.map { UInt8($0.value) }
        let basicCount = output.count
        var handled = basicCount
        if basicCount > 0 { output.append(UInt8(ascii: "-")) }
        var code = 128
        var delta = 0
        var bias = 72
        while handled < label.count {
            guard let next = label.lazy.map({ Int($0.value) }).filter({ $0 >= code }).min() else { return nil }
            delta += (next - code) * (handled + 1)
            code = next
            for scalar in label {
                if scalar.value < code { delta += 1 }
                guard scalar.value == code else { continue }
                var number = delta
                var step = base
                while true {
                    let threshold = min(max(step - bias, smallest), largest)
                    if number < threshold { break }
                    output.append(character(of: threshold + (number - threshold) % (base - threshold)))
                    number = (number - threshold) / (base - threshold)
                    step += base
                }
                output.append(character(of: number))
                bias = adapted(delta, handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return output
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var step = 0
        while delta > (base - smallest) * largest / 2 {
            delta /= base - smallest
            step += base
        }
        return step + (base - smallest + 1) * delta / (delta + 38)
    }

    private static func digit(of byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30 + 26
        case 0x41...0x5A: Int(byte) - 0x41
        case 0x61...0x7A: Int(byte) - 0x61
        default: nil
        }
    }

    private static func character(of digit: Int) -> UInt8 {
        UInt8(digit < 26 ? digit + 0x61 : digit - 26 + 0x30)
    }
}
