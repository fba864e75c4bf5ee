function Step {
    # A clone shows these at its first boot: that is how it is known before it is given keys of its own. Deleted, nobody could reach it.
    Say-Keys
}
