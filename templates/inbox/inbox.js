// What is new appears by itself. Only what is marked is replaced, so that what is being typed stays.
setInterval(async () => {
  if (document.hidden) return;
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
    for (const fresh of page.querySelectorAll('[data-live]')) {
      const shown = document.getElementById(fresh.id);
      if (shown && fresh.innerHTML !== shown.innerHTML) shown.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // The program is stopping or restarting; the next look may find it again.
  }
}, 2000);
