import Testing

extension Tag {
    /// Takes more than a quarter of a second.
    @Tag static var slow: Self
}
