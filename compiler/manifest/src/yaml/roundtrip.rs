//! What the emitter writes, the reader reads back.
