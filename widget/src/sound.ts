/** Play two short, soft tones; made here, so nothing is fetched. Browsers allow it after the person's first click. */
export function chime(): void {
  try {
    const audio = new AudioContext();
    [660, 880].forEach((pitch, index) => {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      const start = audio.currentTime + index * 0.12;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.06, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.25);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.25);
    });
    setTimeout(() => void audio.close(), 1000);
  } catch {
    // No sound here; the badge tells as well.
  }
}
