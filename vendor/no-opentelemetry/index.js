export const getNodeAutoInstrumentations = () => [];
