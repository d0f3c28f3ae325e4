// Loaded before Prism: when whoever started it is gone, its input ends, and it ends too.
process.stdin.on("end", () => process.exit(2)).resume();
