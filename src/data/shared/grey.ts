/** The mean and the standard deviation of the pixels of MNIST's training images, in parts of white. */
const MNIST_MEAN = 0.1307;
const MNIST_DEVIATION = 0.3081;

/** Standardises bytes of grey as is usual for MNIST. */
export const GREY = { shift: 255 * MNIST_MEAN, factor: 1 / (255 * MNIST_DEVIATION) };
