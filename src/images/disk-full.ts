// What a person can do where the store does not fit on its disk.
export const diskFullHint =
  "'crundle images' lists what can be removed; data-root in /etc/crundle/config.json can be on a larger disk";
