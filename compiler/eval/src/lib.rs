//! Typed tree in, units out: parameters are folded, bodies and `lower` are evaluated, objects are finished and written as templates.
