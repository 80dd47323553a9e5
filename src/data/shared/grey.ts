/** What makes bytes of grey numbers of mean 0 and variance 1, of their mean and standard deviation in parts of white. */
export const greyBy = (mean: number, deviation: number): { readonly shift: number; readonly factor: number } => ({
  shift: 255 * mean,
  factor: 1 / (255 * deviation),
});

/** Standardises bytes of grey as is usual for MNIST: by the mean and the standard deviation of the pixels of its training images. */
export const GREY: ReturnType<typeof greyBy> = greyBy(0.1307, 0.3081);
